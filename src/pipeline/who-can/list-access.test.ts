import assert from 'node:assert/strict'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { temporaryDirectory } from '../../../test/fixtures/keyward-process.ts'
import { openTestStore, testKeys } from '../../../test/fixtures/test-store.ts'
import { compileStoredKeyPolicy, stepsMax } from '../../access/index.ts'
import { newKey, newMaterial, newRole, newUser, userArn } from '../../domain/index.ts'
import { CachedGrants, CachedLookup } from '../../keys/index.ts'
import type { AccessListQuestion, AccessPlace, ListedPrincipal } from '../../operation/index.ts'
import { Authorizer } from '../permission/authorizer.ts'
import { listAccess } from './list-access.ts'
import { Slices } from './slices.ts'

// The list of everyone who may use a key, in an account with ten thousand principals.

const accountId = '111122223333'
const scope = { accountId, region: 'us-east-1' }
const keyId = '1234abcd-12ab-34cd-56ef-1234567890ab'
const [userCount, roleCount, grantCount] = [9000, 1000, 5000]
const document = (...Statement: object[]) => JSON.stringify({ Version: '2012-10-17', Statement })
const allow = (more: object = {}) => ({ Effect: 'Allow', Action: 'kms:*', Resource: '*', ...more })
const deny = { Effect: 'Deny', Action: 'kms:Decrypt', Resource: '*' }
const fromOffice = { Condition: { IpAddress: { 'aws:SourceIp': '10.0.0.0/8' } } }
/** The largest policy of a group (IAM quotas: 5,120 characters), a different one for every user. */
const long = (number: number) =>
  document(
    ...Array.from({ length: 40 }, (_, index) =>
      allow({ Action: 's3:Get*', Resource: `arn:aws:s3:::b${number}-${index}/*` }),
    ),
  )

/** The kinds of users and roles, with the access that each must have. */
const kinds = [
  { access: 'allowed', policies: [document(allow())] },
  { access: undefined, policies: [document(allow(), deny)] },
  { access: 'conditional', policies: [document(allow(fromOffice))] },
  { access: undefined, policies: [] },
] as const
const kindOf = (number: number) => kinds[number % kinds.length] ?? assert.fail()
const nameOf = (number: number) => `p${String(number).padStart(5, '0')}`

const store = await openTestStore(join(temporaryDirectory(), 'keyward.db'))
after(() => store.close())
const { hsm } = testKeys

function policiesOf(number: number) {
  const own = kindOf(number).policies.map(text => ({ name: 'access', document: text }))
  return number % 50 === 0 ? [...own, { name: 'long', document: long(number) }] : own
}

await store.write(async writer => {
  await writer.accounts.insert(accountId, 0)
  const spec = { keySpec: 'SYMMETRIC_DEFAULT', keyUsage: 'ENCRYPT_DECRYPT', origin: 'AWS_KMS' } as const
  const material = newMaterial(await hsm.generateKeyMaterial({ ...scope, keyId, keySpec: spec.keySpec }), 0)
  const key = {
    ...newKey({ ...scope, keyId, ...spec, createdAt: 0 }),
    currentKeyMaterialId: material.keyMaterialId,
  }
  await writer.keys.insert({
    key,
    policy: document(allow({ Principal: { AWS: accountId } })),
    materials: [material],
  })
  for (let number = 0; number < userCount; number++) {
    const userName = nameOf(number)
    const ids = { accountId, userName, userId: `AIDA${userName.toUpperCase()}`, createdAt: 0 }
    await writer.users.insert({ ...newUser(ids), policies: policiesOf(number) })
  }
  for (let number = 0; number < roleCount; number++) {
    const roleName = nameOf(number)
    const trustPolicy = document({ Effect: 'Allow', Principal: { AWS: accountId }, Action: 'sts:AssumeRole' })
    const ids = { accountId, roleName, roleId: `AROA${roleName.toUpperCase()}`, trustPolicy, createdAt: 0 }
    await writer.roles.insert({ ...newRole(ids), policies: policiesOf(number) })
  }
  for (let number = 0; number < grantCount; number++) {
    await writer.grants.insert({
      ...{ ...scope, keyId, grantId: String(number).padStart(64, '0'), name: undefined, retiring: undefined },
      grantee: { type: 'principal', arn: userArn(accountId, nameOf(number)) },
      ...{ operations: ['Decrypt'], constraints: {}, issuingAccountId: accountId, createdAt: 0 },
    })
  }
})
const authorizer = new Authorizer({
  organization: { ofAccount: () => undefined },
  conditionKeys: [],
  onUnreadablePolicy: () => assert.fail(),
  onUndecided: () => assert.fail(),
})
const cached = { keys: new CachedLookup(store, hsm), grants: new CachedGrants(store), store: store.reader }
const question: AccessListQuestion = {
  ...{ scope, keyId, action: 'kms:Decrypt', keyPolicyDraft: undefined, mayCrossAccounts: true },
  grantRequest: { operation: 'Decrypt', encryptionContext: undefined, sourceArn: undefined },
  ...{ given: new Map(), sourceOf: () => 'none', now: 0, limit: 200, after: undefined },
}

/** The access of a user or role, by its policies and the grants to the first users. */
function expectedOf(number: number, isUser: boolean): string | undefined {
  const { access, policies } = kindOf(number)
  const isDenied = access === undefined && policies.length > 0
  return isUser && number < grantCount && !isDenied ? 'allowed' : access
}

function describeTimes(millis: readonly number[]): string {
  const sorted = millis.toSorted((a, b) => a - b)
  const at = (part: number) => (sorted[Math.ceil(part * sorted.length) - 1] ?? 0).toFixed(2)
  return `of ${at(0.5)} ms, 99 % below ${at(0.99)} ms, the longest ${at(1)} ms`
}

test('ten thousand principals with five thousand grants: each has its access, in slices of counted steps', async t => {
  const slices: number[] = []
  const found: ListedPrincipal[] = []
  let after: AccessPlace | undefined
  const millis: number[] = []
  let [examined, lastTurn] = [0, performance.now()]
  const counted = new Slices(steps => {
    slices.push(steps)
    millis.push(performance.now() - lastTurn)
    setImmediate(() => {
      lastTurn = performance.now()
    })
  })
  const start = performance.now()
  do {
    const page = await listAccess({ ...question, after }, { authorizer, cached }, counted)
    assert.ok(page.examined <= 1000)
    found.push(...page.principals)
    examined += page.examined
    after = page.next
    if (after === undefined) assert.equal(page.total, examined)
  } while (after !== undefined)
  const seconds = ((performance.now() - start) / 1000).toFixed(1)
  t.diagnostic(`${seconds} s, ${slices.length} slices, ${describeTimes(millis)}`)
  const expected = [
    ...Array.from({ length: userCount }, (_, number) => [`user/${nameOf(number)}`, expectedOf(number, true)]),
    ...Array.from({ length: roleCount }, (_, number) => [
      `role/${nameOf(number)}`,
      expectedOf(number, false),
    ]),
  ].filter(([, access]) => access !== undefined)
  assert.deepEqual(
    found
      .slice(1)
      .map(({ principal, access }) => [principal.replace(`arn:aws:iam::${accountId}:`, ''), access]),
    expected,
  )
  assert.equal(found[0]?.type, 'Root')
  // A step is about a nanosecond, so no slice is longer than 5 ms.
  assert.ok(Math.max(...slices) <= 1_000_000 + stepsMax, `${Math.max(...slices)} steps`)
  assert.ok(slices.length > 1000, `${slices.length} slices`)
})

test('a call looks at a thousand places, and its page can be empty', async () => {
  const arn = userArn(accountId, nameOf(2500))
  const text = document(allow({ Principal: { AWS: arn } }))
  const asked = {
    ...question,
    keyPolicyDraft: compileStoredKeyPolicy(text, accountId),
    grantRequest: undefined,
  }
  const pages: { readonly found: readonly string[]; readonly examined: number }[] = []
  let after: AccessPlace | undefined
  do {
    const page = await listAccess({ ...asked, after }, { authorizer, cached })
    pages.push({ found: page.principals.map(({ principal }) => principal), examined: page.examined })
    after = page.next
  } while (after !== undefined && pages.length < 4)
  assert.deepEqual(pages, [
    { found: [], examined: 1000 },
    { found: [], examined: 1000 },
    { found: [arn], examined: 1000 },
    { found: [], examined: 1000 },
  ])
})
