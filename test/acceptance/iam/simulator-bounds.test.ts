import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import type { EvaluationResult, IAM, SimulateCustomPolicyCommandInput } from '@aws-sdk/client-iam'
import { callQuery, iamClient, iamForm, identityPolicy, isRefused } from '../../fixtures/iam-caller.ts'
import { type KeywardProcess, startKeyward } from '../../fixtures/keyward-process.ts'

// The bounds of a simulation. The answer to a request of many statements, values and pairs comes in pages (IAM API
// reference, "SimulateCustomPolicy": IsTruncated and Marker, fewer results than asked for). A request with one pair that
// is too much is refused.

let keyward: KeywardProcess
let admin: IAM
before(async () => {
  keyward = await startKeyward()
  admin = iamClient(keyward)
})
after(() => keyward.stop())

const many = <T>(count: number, make: (index: number) => T) =>
  Array.from({ length: count }, (_, i) => make(i))
const actions = many(100, index => `kms:A${index}`)
const buckets = (count: number) => many(count, index => `arn:aws:s3:::b${index}`)
const list = (ContextKeyName: string, ContextKeyValues: string[]) => ({
  ContextKeyName,
  ContextKeyValues,
  ContextKeyType: 'stringList' as const,
})

type Question = Omit<SimulateCustomPolicyCommandInput, 'Marker'>

async function pagesOf(question: Question): Promise<EvaluationResult[][]> {
  const pages: EvaluationResult[][] = []
  let Marker: string | undefined
  do {
    const page = await admin.simulateCustomPolicy({ ...question, Marker })
    pages.push(page.EvaluationResults ?? [])
    Marker = page.Marker
    assert.equal(page.IsTruncated, Marker !== undefined)
  } while (Marker !== undefined)
  return pages
}

const pairsOf = (pages: EvaluationResult[][]) =>
  pages
    .flat()
    .flatMap(({ EvalActionName: action, ResourceSpecificResults: results = [] }) =>
      results.map(({ EvalResourceName: arn }) => `${action} ${arn}`),
    )

const pairs = (arns: string[]) => actions.flatMap(action => arns.map(arn => `${action} ${arn}`))

/** The marker of a first page of one result, with a different place to continue after. */
async function forge(question: Question, place: string): Promise<string> {
  const { Marker = '' } = await admin.simulateCustomPolicy({ ...question, MaxItems: 1 })
  const [listing] = Buffer.from(Marker, 'base64url').toString().split('\n')
  return Buffer.from(`${listing}\n${place}\n`).toString('base64url')
}

test('a forged marker is refused', async () => {
  const question = { PolicyInputList: [identityPolicy('*')], ActionNames: ['kms:Sign', 'kms:Verify'] }
  const good = await forge(question, '1')
  const { EvaluationResults } = await admin.simulateCustomPolicy({ ...question, Marker: good })
  assert.deepEqual(
    EvaluationResults?.map(({ EvalActionName }) => EvalActionName),
    ['kms:Verify'],
  )
  const none = [
    '-1',
    '',
    ' 1',
    '+1',
    '1.0',
    '0x1',
    '1e0',
    'NaN',
    'Infinity',
    '2',
    '9'.repeat(200),
    '0.5',
    '-0.5',
  ]
  for (const place of none) {
    const forged = { ...question, Marker: await forge(question, place) }
    await isRefused(admin.simulateCustomPolicy(forged), 'InvalidInput', 400, 'Invalid marker for pagination.')
  }
})

test('the values of conditions count together with the values of the request', async () => {
  const Condition = { 'ForAnyValue:StringLike': { 'a:bcd': many(100, index => `*v${index}`) } }
  const question = {
    PolicyInputList: [identityPolicy('*', '*', { Condition })],
    ActionNames: actions,
    ResourceArns: buckets(2),
    MaxItems: 1000,
  }
  assert.equal((await pagesOf(question)).length, 1)
  const asked = {
    ...question,
    ContextEntries: [
      list(
        'a:bcd',
        many(200, index => `x${index}`),
      ),
    ],
  }
  const pages = await pagesOf(asked)
  assert.ok(pages.length > 2, `${pages.length} pages`)
  assert.deepEqual(pairsOf(pages), pairs(buckets(2)))
  assert.ok(pages.every(page => page.every(result => result.ResourceSpecificResults?.length === 2)))
})

test('a request that takes too much for a single action and resource is refused', async () => {
  const compared = { 'ForAnyValue:StringLike': { 'a:bcd': many(2000, index => `*v${index}`) } }
  const variables = `$\{a:bcd}`.repeat(10_000)
  for (const [policy, values] of [
    [identityPolicy('*', '*', { Condition: compared }), many(2000, index => `x${index}`)],
    // It is a gigabyte when the variables are replaced.
    [identityPolicy('*', `arn:aws:s3:::${variables}`), ['x'.repeat(100_000)]],
    [identityPolicy('*', '*', { Condition: { StringLike: { 'a:bcd': variables } } }), ['x'.repeat(100_000)]],
  ] as const) {
    const call = admin.simulateCustomPolicy({
      PolicyInputList: [policy],
      ActionNames: ['kms:Sign'],
      ContextEntries: [
        { ...list('a:bcd', [...values]), ContextKeyType: values.length > 1 ? 'stringList' : 'string' },
      ],
    })
    await isRefused(call, 'InvalidInput', 400, /take too much to evaluate/)
  }
})

test('an answer that would be many times as large as its request is cut into pages', async () => {
  const asked = Object.fromEntries(many(1000, index => [`a:${index}`, 'x']))
  const question = {
    PolicyInputList: [identityPolicy('*', '*', { Condition: { StringEquals: asked } })],
    ActionNames: actions,
    ResourceArns: buckets(3),
    MaxItems: 1000,
  }
  const pages = await pagesOf(question)
  assert.deepEqual(pairsOf(pages), pairs(buckets(3)))
  const missing = pages.map(page =>
    page
      .flatMap(({ ResourceSpecificResults: results = [] }) => results)
      .reduce((sum, { MissingContextValues: keys = [] }) => sum + keys.length, 0),
  )
  assert.equal(
    missing.reduce((sum, count) => sum + count),
    1000 * 100 * 3,
  )
  // The limit is a million characters. Each key has at least eight characters, and every key is listed at least once.
  assert.ok(Math.max(...missing) <= 1_000_000 / 8, String(missing))
})

test('a simulation that matches too many statements for one answer is refused', async () => {
  const Statement = many(1000, () => ({ Effect: 'Allow', Action: '*', Resource: '*' }))
  const policy = JSON.stringify({ Version: '2012-10-17', Statement })
  const input = { PolicyInputList: many(10, () => policy), ActionNames: ['kms:Sign'] }
  await isRefused(admin.simulateCustomPolicy(input), 'InvalidInput', 400, /larger than an answer can be/)
})

test('the policies of a simulation have the size limits of real policies', async () => {
  const sized = (size: number, more: object = {}) => {
    const policy = identityPolicy('*', '*', more)
    const Sid = 'a'.repeat(size - policy.length - '"Sid":"",'.length)
    return identityPolicy('*', '*', { Sid, ...more })
  }
  const base = { PolicyInputList: [identityPolicy('*')], ActionNames: ['kms:Sign'] }
  const level = (policy: string) => ({
    OrderedOrganizationPolicyInputList: [{ ServiceControlPolicyInputList: [policy] }],
  })
  const Principal = { Principal: '*' }
  const fitting = [
    // Some AWS managed policies are longer than a customer's policy may be.
    { PolicyInputList: [sized(100_000)] },
    { PermissionsBoundaryPolicyInputList: [sized(100_000)] },
    { ResourcePolicy: sized(32_768, Principal) },
    level(sized(10_240)),
    level(sized(10_240) + ' '.repeat(50_000)),
  ]
  for (const more of fitting) {
    const { EvaluationResults } = await admin.simulateCustomPolicy({ ...base, ...more })
    assert.equal(EvaluationResults?.[0]?.EvalDecision, 'allowed')
  }
  await isRefused(
    admin.simulateCustomPolicy({ ...base, ...level(sized(10_241)) }),
    'InvalidInput',
    400,
    /longer than 10240 characters/,
  )
  await isRefused(
    admin.simulateCustomPolicy({ ...base, ResourcePolicy: sized(32_769, Principal) }),
    'InvalidInput',
    400,
    /longer than 32768 characters/,
  )
})

test('the whole answer, as it is sent, is not many times as large as a request can be', async () => {
  const asked = Object.fromEntries(many(1000, index => [`a:${index}`, 'x']))
  const form = Object.fromEntries([
    ['PolicyInputList.member.1', identityPolicy('*', '*', { Condition: { StringEquals: asked } })],
    ['MaxItems', '1000'],
    ...actions.map((action, index) => [`ActionNames.member.${index + 1}`, action]),
    ...buckets(10).map((arn, index) => [`ResourceArns.member.${index + 1}`, arn]),
  ])
  const { status, text } = await callQuery(keyward, iamForm('SimulateCustomPolicy', form))
  assert.equal(status, 200)
  assert.ok(text.length < 8_000_000, String(text.length))
})
