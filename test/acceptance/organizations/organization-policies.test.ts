import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { readOrganizationPolicies } from '../../../src/app/config/organization-policies.ts'
import { attempt, checkBoth } from '../../fixtures/attempt.ts'
import { deniedText, makeKey, policyOf, TestCaller, type TestKey } from '../../fixtures/caller.ts'
import {
  type KeywardProcess,
  readAuditRecords,
  startKeyward,
  temporaryDirectory,
} from '../../fixtures/keyward-process.ts'
import { refusedStart } from '../../fixtures/refused-start.ts'
import { allow, credentialsOf, deny, seedAccessKey, seedUser, writeSeed } from '../../fixtures/seed.ts'

// Policies above accounts (AWS Organizations user guide, "Service control policies", "Resource control policies"; IAM user
// guide, "Troubleshoot access denied error messages"). docs/organization-policies.md describes the file.

const [prod, dev, management, loose] = ['111111111111', '222222222222', '333333333333', '444444444444']
const arnOf = (accountId: string, name: string) => `arn:aws:iam::${accountId}:user/${name}`
const rootOf = (accountId: string) => `arn:aws:iam::${accountId}:root`

const named = (name: string, ...Statement: object[]) => ({
  name,
  document: { Version: '2012-10-17', Statement },
})
const full = named('FullAWSAccess', allow('*'))
const denyAll = (Action: string, Condition?: object) => ({
  ...deny(Action),
  Principal: '*',
  ...(Condition && { Condition }),
})

const organizationId = 'o-a1b2c3d4e5'
const rootPath = `${organizationId}/r-ab12/`
const workloadsPath = `${rootPath}ou-ab12-11111111/`
const organization = {
  managementAccount: management,
  organizationId,
  rootId: 'r-ab12',
  serviceControlPolicies: [full, named('NoDeletion', deny('kms:ScheduleKeyDeletion'))],
  accounts: [{ id: management }],
  groups: [
    {
      name: 'workloads',
      id: 'ou-ab12-11111111',
      serviceControlPolicies: [named('KmsOnly', allow('kms:*'))],
      accounts: [
        {
          id: dev,
          serviceControlPolicies: [
            named('NoAliases', { Effect: 'Allow', NotAction: 'kms:CreateAlias', Resource: '*' }),
          ],
        },
      ],
      groups: [
        {
          name: 'production',
          id: 'ou-ab12-22222222',
          resourceControlPolicies: [
            named(
              'OurOwn',
              denyAll('kms:*', {
                StringNotEqualsIfExists: { 'aws:PrincipalAccount': [prod, dev] },
                BoolIfExists: { 'aws:PrincipalIsAWSService': 'false' },
              }),
            ),
            named('NoSigning', denyAll('kms:Sign')),
          ],
          accounts: [{ id: prod }],
        },
      ],
    },
  ],
}

function writePolicies(content: unknown): string {
  const path = join(temporaryDirectory(), `${randomUUID()}.yaml`)
  writeFileSync(path, typeof content === 'string' ? content : JSON.stringify(content, null, 2))
  return path
}

let keyward: KeywardProcess
let key: TestKey
before(async () => {
  const account = (id: string, ...users: object[]) => ({
    id,
    root: { accessKeys: [seedAccessKey(`root${id[0]}`)] },
    users,
    services: [{ name: 's3.amazonaws.com', accessKeys: [seedAccessKey(`s3${id[0]}`)] }],
  })
  const seed = {
    accounts: [
      account(prod, seedUser('ann', allow('*'))),
      account(dev, seedUser('dora', allow('*'))),
      account(management, seedUser('max', allow('*'))),
      account(loose, seedUser('lou', allow('*'))),
    ],
  }
  keyward = await startKeyward({
    flags: ['--seed', writeSeed(seed), '--organization-policies', writePolicies(organization)],
  })
  const Policy = policyOf(
    allow('kms:*', '*', rootOf(prod)),
    allow('kms:*', '*', [rootOf(dev), rootOf(loose)]),
    { Effect: 'Allow', Principal: { Service: 's3.amazonaws.com' }, Action: 'kms:*', Resource: '*' },
  )
  key = await makeKey(as('ann'), { Policy })
})
after(() => keyward.stop())

const as = (name: string) => new TestCaller(keyward, { credentials: credentialsOf(name) })
const outcome = (name: string, operation: string, input: object) =>
  attempt(keyward, operation, input, { credentials: credentialsOf(name) })

test('an explicit deny in a service control policy binds users and the root user of all accounts below', async () => {
  const because = 'with an explicit deny in a service control policy'
  const action = 'kms:ScheduleKeyDeletion'
  const own = await makeKey(as('dora'))
  const cases = [
    ['ann', arnOf(prod, 'ann'), key],
    ['root1', rootOf(prod), key],
    ['dora', arnOf(dev, 'dora'), own],
  ] as const
  for (const [name, arn, { arn: keyArn }] of cases) {
    const denied = await outcome(name, 'ScheduleKeyDeletion', { KeyId: keyArn })
    assert.equal(denied, deniedText(arn, action, keyArn, because))
  }
})

test('what a level does not allow, nobody below may do', async () => {
  const { id: TargetKeyId, arn } = await makeKey(as('dora'))
  const denied = await outcome('dora', 'CreateAlias', { AliasName: 'alias/x', TargetKeyId })
  const because = 'because no service control policy allows the kms:CreateAlias action'
  assert.equal(denied, deniedText(arnOf(dev, 'dora'), 'kms:CreateAlias', arn, because))
  assert.equal(await outcome('ann', 'CreateAlias', { AliasName: 'alias/x', TargetKeyId: key.id }), 'allowed')
  assert.equal(await outcome('dora', 'ListKeys', {}), 'allowed')
})

test('nothing bears on the management account, nor on one that is in no organization', async () => {
  for (const name of ['max', 'lou']) {
    const { id: KeyId } = await makeKey(as(name))
    assert.equal(await outcome(name, 'ScheduleKeyDeletion', { KeyId }), 'allowed')
  }
})

test('a resource control policy binds whoever uses the keys of an account', async () => {
  const dataKey = { KeyId: key.arn, KeySpec: 'AES_256' }
  assert.equal(await outcome('dora', 'GenerateDataKey', dataKey), 'allowed')
  // To other accounts it is not told which policy it was.
  assert.match(
    await outcome('lou', 'GenerateDataKey', dataKey),
    /because the resource does not exist in this Region/,
  )
  // As AWS writes such policies, services are spared.
  assert.equal(await outcome('s34', 'GenerateDataKey', dataKey), 'allowed')
  for (const name of ['ann', 'root1']) {
    const message = { Message: Buffer.from('x'), SigningAlgorithm: 'ECDSA_SHA_256' }
    const denied = await outcome(name, 'Sign', { KeyId: key.arn, ...message })
    const arn = name === 'ann' ? arnOf(prod, 'ann') : rootOf(prod)
    const because = 'with an explicit deny in a resource control policy'
    assert.equal(denied, deniedText(arn, 'kms:Sign', key.arn, because))
  }
})

test('the record of a denial has the whole reason, which the caller is not told', async () => {
  const message = { Message: Buffer.from('x'), SigningAlgorithm: 'ECDSA_SHA_256' }
  await outcome('ann', 'Sign', { KeyId: key.arn, ...message })
  const record = readAuditRecords(keyward.dataDirectory).at(-1)
  const { reason } = (record?.['additionalEventData'] ?? {}) as { reason?: string }
  assert.match(reason ?? '', /^explicitDeny: .*Deny by #1 of NoSigning \(resource control, directly\)/)
})

test('the record of a denial by another account does not tell its policies, nor whether it has the key', async () => {
  const other = key.arn.replace(/[^/]+$/, randomUUID())
  const [denied, absent] = await Promise.all(
    [key.arn, other].map(async KeyId => {
      await outcome('lou', 'GenerateDataKey', { KeyId, KeySpec: 'AES_256' })
      const record = readAuditRecords(keyward.dataDirectory).findLast(
        ({ requestParameters }) => (requestParameters as { keyId?: string } | null)?.keyId === KeyId,
      )
      const { additionalEventData, resources = null } = record ?? {}
      return { additionalEventData, resources }
    }),
  )
  assert.deepEqual(denied, absent)
  const reason = 'the account of the resource does not allow it, or there is no such resource'
  assert.deepEqual(denied?.additionalEventData, { reason })
})

// IAM user guide, "AWS global condition context keys".
const absent = ['Null', 'true', 'false'] as const
const is = 'StringEquals'
const anyLike = 'ForAnyValue:StringLike'
const places: [who: string, name: string, operator: string, right: string, wrong: string][] = [
  ['dora', 'aws:PrincipalOrgID', is, organizationId, 'o-zzzzzzzzzz'],
  ['max', 'aws:PrincipalOrgID', is, organizationId, 'o-zzzzzzzzzz'],
  ['lou', 'aws:PrincipalOrgID', ...absent],
  ['dora', 'aws:PrincipalOrgPaths', anyLike, workloadsPath, `${rootPath}ou-ab12-22222222/*`],
  ['ann', 'aws:PrincipalOrgPaths', anyLike, `${rootPath}*/ou-ab12-22222222/`, workloadsPath],
  ['max', 'aws:PrincipalOrgPaths', anyLike, rootPath, `${rootPath}ou-*`],
  ['lou', 'aws:PrincipalOrgPaths', ...absent],
  ['dora', 'aws:ResourceOrgID', is, organizationId, 'o-zzzzzzzzzz'],
  ['dora', 'aws:ResourceOrgPaths', anyLike, workloadsPath, rootPath],
  ['lou', 'aws:ResourceOrgID', ...absent],
  ['dora', 'aws:SourceOrgID', ...absent],
  ['dora', 'aws:VpceOrgID', ...absent],
]
for (const [who, name, operator, right, wrong] of places) {
  test(`${name} of ${who}: ${operator} ${right}, not ${wrong}`, async () => {
    const { id: KeyId } = await makeKey(as(who))
    const tryWith = async (value: string) => {
      const described = {
        ...allow('kms:DescribeKey', '*', '*'),
        Condition: { [operator]: { [name]: value } },
      }
      const Policy = policyOf(allow(['kms:PutKeyPolicy'], '*', '*'), described)
      await as(who).sdk.putKeyPolicy({ KeyId, Policy, BypassPolicyLockoutSafetyCheck: true })
      return outcome(who, 'DescribeKey', { KeyId })
    }
    const denial = /because no (resource|identity)-based policy allows the kms:DescribeKey action$/
    checkBoth({ right: await tryWith(right), wrong: await tryWith(wrong) }, denial)
  })
}

test('aws:SourceOrgID and aws:SourceOrgPaths are of the account that a service calls for', async () => {
  const { arn: KeyId, id } = await makeKey(as('lou'))
  const condition = {
    StringEquals: { 'aws:SourceOrgID': organizationId },
    'ForAnyValue:StringEquals': { 'aws:SourceOrgPaths': workloadsPath },
  }
  const service = { Effect: 'Allow', Principal: { Service: 's3.amazonaws.com' }, Action: '*', Resource: '*' }
  const Policy = policyOf(allow('kms:*', '*', rootOf(loose)), { ...service, Condition: condition })
  await as('lou').sdk.putKeyPolicy({ KeyId: id, Policy })
  const describeFor = (accountId: string) =>
    attempt(
      keyward,
      'DescribeKey',
      { KeyId },
      { credentials: credentialsOf('s34'), headers: { 'x-amz-source-account': accountId } },
    )
  assert.equal(await describeFor(dev), 'allowed')
  for (const other of [prod, management, loose]) assert.notEqual(await describeFor(other), 'allowed')
})

test('an organization without ids has none for conditions', () => {
  const { organizationId: _, rootId, groups, ...rest } = organization
  const path = writePolicies({ ...rest, groups: [{ name: 'all', accounts: [{ id: dev }] }] })
  const member = readOrganizationPolicies(path).ofAccount(dev)
  assert.equal(member?.place, undefined)
  assert.equal(member?.serviceControlPolicies?.length, 1)
})

const policies = (...lines: string[]) => ['serviceControlPolicies:', ...lines].join('\n')
const good = '{ Version: "2012-10-17", Statement: { Effect: Allow, Action: "*", Resource: "*" } }'
const refused: Readonly<Record<string, readonly [text: string, line: number, says: RegExp]>> = {
  'a setting that is none': ['accounts: []\nrules: []', 2, /is not a setting here/],
  'an account id that is none': ['accounts:\n  - id: 12', 2, /12 digits/],
  'an account in two places': [
    `accounts:\n  - id: '${prod}'\ngroups:\n  - name: a\n    accounts:\n      - id: '${prod}'`,
    6,
    /for a second time/,
  ],
  'an organization id that is none': ['organizationId: o-1\nrootId: r-ab12', 1, /no organizationId of AWS/],
  'an organization id without a root id': ['organizationId: o-a1b2c3d4e5', 1, /has no rootId/],
  'a group without an id where there are some': [
    'organizationId: o-a1b2c3d4e5\nrootId: r-ab12\ngroups:\n  - name: a',
    4,
    /has no id/,
  ],
  'a group with an id where there are none': [
    'groups:\n  - name: a\n    id: ou-ab12-11111111',
    3,
    /without an/,
  ],
  'a group without a name': ['groups:\n  - accounts: []', 2, /has no name/],
  'a policy without a document': [policies('  - name: a'), 2, /has no document/],
  'a policy that is none': [policies('  - name: a', '    document: { Statement: 1 }'), 2, /is not valid/],
  'no policy where some are promised': [policies('  []'), 2, /is empty/],
  'a resource control policy that allows': [
    `resourceControlPolicies:\n  - name: a\n    document: ${good.replace('"*", Res', '"kms:*", Principal: "*", Res')}`,
    2,
    /cannot allow/,
  ],
  'groups that are nested too deep': [
    [0, 1, 2, 3, 4, 5]
      .map(depth => `${'    '.repeat(depth)}groups:\n${'    '.repeat(depth)}  - name: g\n`)
      .join(''),
    12,
    /nested deeper/,
  ],
}

for (const [what, [text, line, says]] of Object.entries(refused)) {
  test(`${what} is refused at the start, with its line`, async () => {
    const path = writePolicies(text)
    const message = await refusedStart({ flags: ['--organization-policies', path] })
    assert.ok(message.includes(`${path}:${line}:`), message)
    assert.match(message, says)
  })
}

test('a file that is not there is refused at the start', async () => {
  assert.match(
    await refusedStart({ flags: ['--organization-policies', '/nowhere.yaml'] }),
    /\/nowhere\.yaml cannot be read/,
  )
})
