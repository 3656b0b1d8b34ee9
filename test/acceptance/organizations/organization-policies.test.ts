import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { test } from 'node:test'
import { attempt, checkBoth } from '../../fixtures/attempt.ts'
import { callersOf, deniedText, makeKey, policyOf } from '../../fixtures/caller.ts'
import { readAuditRecords, reasonOf } from '../../fixtures/keyward-process.ts'
import { allow, credentialsOf, deny, seedAccessKey, seedUser, writeYaml } from '../../fixtures/seed.ts'
import { testServer } from '../../fixtures/test-server.ts'
import { rootOf, userArn } from '../../fixtures/worlds/two-accounts.ts'

// Policies above accounts (AWS Organizations user guide, "Service control policies", "Resource control policies"; IAM user
// guide, "Troubleshoot access denied error messages").

const [prod, dev, management, loose] = ['111111111111', '222222222222', '333333333333', '444444444444']

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

/** An account with a user who may do everything, a root user and the service s3, each with an access key. */
const accountOf = (id: string, user: string) => ({
  id,
  root: { accessKeys: [seedAccessKey(`root${id[0]}`)] },
  users: [seedUser(user, allow('*'))],
  services: [{ name: 's3.amazonaws.com', accessKeys: [seedAccessKey(`s3${id[0]}`)] }],
})
const keyward = await testServer({
  seed: {
    accounts: [
      accountOf(prod, 'ann'),
      accountOf(dev, 'dora'),
      accountOf(management, 'max'),
      accountOf(loose, 'lou'),
    ],
  },
  flags: ['--organization-policies', writeYaml('policies.yaml', organization)],
})
const as = callersOf(keyward)
const ofS3 = { Effect: 'Allow', Principal: { Service: 's3.amazonaws.com' }, Action: 'kms:*', Resource: '*' }
const key = await makeKey(as('ann'), {
  Policy: policyOf(
    allow('kms:*', '*', rootOf(prod)),
    allow('kms:*', '*', [rootOf(dev), rootOf(loose)]),
    ofS3,
  ),
})

const outcome = (name: string, operation: string, input: object) =>
  attempt(keyward, operation, input, { credentials: credentialsOf(name) })

test('an explicit deny in a service control policy applies to users and root users of all accounts below', async () => {
  const because = 'with an explicit deny in a service control policy'
  const action = 'kms:ScheduleKeyDeletion'
  const own = await makeKey(as('dora'))
  const cases = [
    ['ann', userArn('ann', prod), key],
    ['root1', rootOf(prod), key],
    ['dora', userArn('dora', dev), own],
  ] as const
  for (const [name, arn, { arn: keyArn }] of cases) {
    const denied = await outcome(name, 'ScheduleKeyDeletion', { KeyId: keyArn })
    assert.equal(denied, deniedText(arn, action, keyArn, because))
  }
})

test('an action that one level does not allow is denied to everybody below', async () => {
  const { id: TargetKeyId, arn } = await makeKey(as('dora'))
  const denied = await outcome('dora', 'CreateAlias', { AliasName: 'alias/x', TargetKeyId })
  const because = 'because no service control policy allows the kms:CreateAlias action'
  assert.equal(denied, deniedText(userArn('dora', dev), 'kms:CreateAlias', arn, because))
  assert.equal(await outcome('ann', 'CreateAlias', { AliasName: 'alias/x', TargetKeyId: key.id }), 'allowed')
  assert.equal(await outcome('dora', 'ListKeys', {}), 'allowed')
})

test('no policy applies to the management account or to an account outside the organization', async () => {
  for (const name of ['max', 'lou']) {
    const { id: KeyId } = await makeKey(as(name))
    assert.equal(await outcome(name, 'ScheduleKeyDeletion', { KeyId }), 'allowed')
  }
})

test('a resource control policy applies to everyone who uses the keys of an account', async () => {
  const dataKey = { KeyId: key.arn, KeySpec: 'AES_256' }
  assert.equal(await outcome('dora', 'GenerateDataKey', dataKey), 'allowed')
  // The message must not reveal to other accounts which policy denied the call.
  assert.match(
    await outcome('lou', 'GenerateDataKey', dataKey),
    /because the resource does not exist in this Region/,
  )
  // AWS's examples of such policies exempt services.
  assert.equal(await outcome('s34', 'GenerateDataKey', dataKey), 'allowed')
  for (const name of ['ann', 'root1']) {
    const message = { Message: Buffer.from('x'), SigningAlgorithm: 'ECDSA_SHA_256' }
    const denied = await outcome(name, 'Sign', { KeyId: key.arn, ...message })
    const arn = name === 'ann' ? userArn('ann', prod) : rootOf(prod)
    const because = 'with an explicit deny in a resource control policy'
    assert.equal(denied, deniedText(arn, 'kms:Sign', key.arn, because))
  }
})

test('the record of a denial has the whole reason, which the caller must not learn', async () => {
  const message = { Message: Buffer.from('x'), SigningAlgorithm: 'ECDSA_SHA_256' }
  await outcome('ann', 'Sign', { KeyId: key.arn, ...message })
  const reason = reasonOf(readAuditRecords(keyward.dataDirectory).at(-1))
  assert.match(reason ?? '', /^explicitDeny: .*Deny by #1 of NoSigning \(resource control, directly\)/)
})

test('the record of a denial by a different account reveals neither its policies nor whether the key exists', async () => {
  const other = key.arn.replace(/[^/]+$/, randomUUID())
  const [denied, absent] = await Promise.all(
    [key.arn, other].map(async KeyId => {
      await outcome('lou', 'GenerateDataKey', { KeyId, KeySpec: 'AES_256' })
      const record = readAuditRecords(keyward.dataDirectory).findLast(
        ({ requestParameters }) => (requestParameters as { keyId?: string } | null)?.keyId === KeyId,
      )
      const { additionalEventData, resources = null } = record ?? {}
      return { additionalEventData, resources, reason: reasonOf(record) }
    }),
  )
  assert.deepEqual(denied, absent)
  assert.equal(denied?.additionalEventData, undefined, 'no trail shows the reason')
  assert.equal(denied?.reason, 'the account of the resource does not allow it, or there is no such resource')
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

test('aws:SourceOrgID and aws:SourceOrgPaths are those of the account that a service calls for', async () => {
  const { arn: KeyId, id } = await makeKey(as('lou'))
  const condition = {
    StringEquals: { 'aws:SourceOrgID': organizationId },
    'ForAnyValue:StringEquals': { 'aws:SourceOrgPaths': workloadsPath },
  }
  const Policy = policyOf(allow('kms:*', '*', rootOf(loose)), { ...ofS3, Condition: condition })
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
