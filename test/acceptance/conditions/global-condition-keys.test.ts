import assert from 'node:assert/strict'
import { test } from 'node:test'
import { attempt, checkBoth } from '../../fixtures/attempt.ts'
import { makeKey, policyOf } from '../../fixtures/caller.ts'
import { readAuditRecords, reasonOf } from '../../fixtures/keyward-process.ts'
import { allow, deny } from '../../fixtures/seed.ts'
import {
  account,
  credentialsIn,
  type Principals,
  principalsWorld,
  roleArn,
  rootArn,
  sessionArn,
  userArn,
} from '../../fixtures/worlds/principals.ts'

// Each global condition key, allowed and denied by its value (IAM user guide, "AWS global condition context keys"), and
// decisions by tags and aliases (AWS KMS developer guide, "ABAC for AWS KMS").

const { server, admin, principals } = await principalsWorld()
const key = await makeKey(admin, { Tags: [{ TagKey: 'Team', TagValue: 'blue' }] })

type Who = 'root' | 'user' | 'userSession' | 'session' | 'tagged' | 'federated'
type Case = [who: Who, key: string, operator: string, right: unknown, wrong: unknown]

const is = 'StringEquals'
const year = 365 * 86_400_000
const dateIn = (millis: number) => new Date(Date.now() + millis).toISOString()
const absent = ['Null', 'true', 'false'] as const
const cases: Case[] = [
  ['user', 'aws:PrincipalArn', 'ArnEquals', userArn('user'), userArn('users')],
  // The PrincipalArn of a session is its role, with the path, and never the session.
  ['session', 'aws:PrincipalArn', 'ArnEquals', roleArn, sessionArn('plain')],
  [
    'session',
    'aws:PrincipalArn',
    'ArnLike',
    `arn:aws:iam::${account}:role/*`,
    `arn:aws:iam::${account}:role/worker`,
  ],
  ['root', 'aws:PrincipalArn', 'ArnEquals', rootArn, userArn('root')],
  [
    'federated',
    'aws:PrincipalArn',
    'ArnEquals',
    `arn:aws:sts::${account}:federated-user/guest`,
    userArn('federator'),
  ],
  ['user', 'aws:PrincipalAccount', is, account, '222222222222'],
  ['root', 'aws:PrincipalType', is, 'Account', 'User'],
  ['user', 'aws:PrincipalType', is, 'User', 'Account'],
  ['session', 'aws:PrincipalType', is, 'AssumedRole', 'User'],
  ['federated', 'aws:PrincipalType', is, 'FederatedUser', 'AssumedRole'],
  ['root', 'aws:userid', is, account, 'root'],
  ['user', 'aws:userid', 'StringLike', 'AIDA*', '*user*'],
  ['session', 'aws:userid', 'StringLike', 'AROA*:plain', '*:tagged'],
  ['federated', 'aws:userid', is, `${account}:guest`, 'guest'],
  ['user', 'aws:username', is, 'user', 'User'],
  ['session', 'aws:username', ...absent],
  ['root', 'aws:username', ...absent],
  ['user', 'aws:PrincipalTag/team', is, 'blue', 'red'],
  ['user', 'aws:PrincipalTag/TEAM', is, 'blue', 'Blue'],
  ['session', 'aws:PrincipalTag/team', is, 'red', 'green'],
  ['tagged', 'aws:PrincipalTag/team', is, 'green', 'red'],
  ['user', 'aws:PrincipalTag/other', ...absent],
  ['user', 'aws:PrincipalIsAWSService', 'Bool', 'false', 'true'],
  ['user', 'aws:PrincipalServiceName', ...absent],
  ['user', 'aws:PrincipalServiceNamesList', ...absent],
  ['session', 'aws:TokenIssueTime', 'DateLessThan', dateIn(60_000), dateIn(-60_000)],
  ['user', 'aws:TokenIssueTime', ...absent],
  ['user', 'aws:MultiFactorAuthPresent', ...absent],
  ['user', 'aws:MultiFactorAuthPresent', 'BoolIfExists', 'false', []],
  ['userSession', 'aws:MultiFactorAuthPresent', 'Bool', 'false', 'true'],
  ['userSession', 'aws:MultiFactorAuthAge', ...absent],
  ['session', 'aws:SourceIdentity', is, 'mallory', 'plain'],
  ['tagged', 'aws:SourceIdentity', ...absent],
  ['user', 'aws:FederatedProvider', ...absent],
  ['user', 'aws:ViaAWSService', 'Bool', 'false', 'true'],
  ['user', 'aws:CalledVia', ...absent],
  ['user', 'aws:CalledViaFirst', ...absent],
  ['user', 'aws:CalledViaLast', ...absent],
  ['user', 'aws:SourceArn', ...absent],
  ['user', 'aws:SourceAccount', ...absent],
  ['user', 'aws:SourceIp', 'IpAddress', '127.0.0.0/8', '10.0.0.0/8'],
  ['user', 'aws:SourceVpc', ...absent],
  ['user', 'aws:SourceVpcArn', ...absent],
  ['user', 'aws:SourceVpce', ...absent],
  ['user', 'aws:VpceAccount', ...absent],
  ['user', 'aws:VpceOrgID', ...absent],
  ['user', 'aws:VpceOrgPaths', ...absent],
  ['user', 'aws:VpcSourceIp', ...absent],
  ['user', 'aws:SecureTransport', 'Bool', 'false', 'true'],
  ['user', 'aws:UserAgent', 'StringLike', 'aws-sdk-js/*', 'curl/*'],
  ['user', 'aws:Referer', is, 'https://here.example', 'https://there.example'],
  ['user', 'aws:CurrentTime', 'DateGreaterThan', dateIn(-year), dateIn(year)],
  ['user', 'aws:EpochTime', 'NumericLessThan', String(Math.floor((Date.now() + year) / 1000)), '1'],
  ['user', 'aws:EpochTime', 'DateLessThan', dateIn(year), dateIn(-year)],
  ['user', 'aws:RequestedRegion', is, 'us-east-1', 'eu-west-1'],
  ['user', 'aws:ResourceAccount', is, account, '222222222222'],
  ['user', 'aws:RequestTag/team', ...absent],
  ['user', 'aws:TagKeys', ...absent],
]

const describeAs = (who: Who) =>
  attempt(
    server,
    'DescribeKey',
    { KeyId: key.arn },
    { credentials: principals[who], headers: { referer: 'https://here.example' } },
  )

/** Puts a key policy that allows the administrator everything, and everybody this action under this condition. */
async function setPolicy(action: string, Condition: object): Promise<void> {
  const everybody = { ...allow(action, '*', '*'), Condition }
  const Policy = policyOf(allow('kms:*', '*', userArn('admin')), everybody)
  await admin.sdk.putKeyPolicy({ KeyId: key.id, Policy })
}

for (const [who, name, operator, right, wrong] of cases) {
  test(`${name} of ${who}: ${operator} ${JSON.stringify(right)}, not ${JSON.stringify(wrong)}`, async () => {
    await setPolicy('kms:DescribeKey', { [operator]: { [name]: right } })
    const allowed = await describeAs(who)
    if (Array.isArray(wrong)) return assert.equal(allowed, 'allowed')
    await setPolicy('kms:DescribeKey', { [operator]: { [name]: wrong } })
    const denial = /because no resource-based policy allows the kms:DescribeKey action$/
    checkBoth({ right: allowed, wrong: await describeAs(who) }, denial)
  })
}

const as = (who: keyof Principals & Who) => ({ credentials: principals[who] })

test('aws:RequestTag and aws:TagKeys decide about the tags that a request sets or removes', async () => {
  const KeyId = key.id
  const tagging = (TagKey: string, TagValue: string) =>
    attempt(server, 'TagResource', { KeyId, Tags: [{ TagKey, TagValue }] }, as('user'))
  await setPolicy('kms:TagResource', { StringEquals: { 'aws:RequestTag/stage': ['test', 'prod'] } })
  assert.equal(await tagging('Stage', 'test'), 'allowed')
  assert.notEqual(await tagging('stage', 'other'), 'allowed')
  assert.notEqual(await tagging('other', 'test'), 'allowed')
  await setPolicy('kms:UntagResource', { 'ForAllValues:StringEquals': { 'aws:TagKeys': ['Stage', 'stage'] } })
  const untagging = (...TagKeys: string[]) => attempt(server, 'UntagResource', { KeyId, TagKeys }, as('user'))
  assert.notEqual(await untagging('Stage', 'Team'), 'allowed')
  assert.equal(await untagging('Stage'), 'allowed')
})

const putPolicy = (PolicyName: string, ...Statement: object[]) =>
  principals.iam.putUserPolicy({ UserName: 'user', PolicyName, PolicyDocument: policyOf(...Statement) })
const delegate = (KeyId: string) =>
  admin.sdk.putKeyPolicy({
    KeyId,
    Policy: policyOf(allow('kms:*', '*', rootArn), allow('kms:*', '*', userArn('admin'))),
  })

// Key policies cannot have conditions on the tags of the key (recorded from AWS).
for (const [name, operator, right, wrong] of [
  ['aws:ResourceTag/team', is, 'blue', 'red'],
  ['aws:ResourceTag/other', ...absent],
] as const) {
  test(`${name} in an identity policy: ${operator} "${right}", not "${wrong}"`, async () => {
    await delegate(key.id)
    const outcomeWith = async (value: string) => {
      await putPolicy('by-tag', { ...allow('kms:DescribeKey'), Condition: { [operator]: { [name]: value } } })
      return await describeAs('user')
    }
    const denial = /because no identity-based policy allows the kms:DescribeKey action$/
    checkBoth({ right: await outcomeWith(right), wrong: await outcomeWith(wrong) }, denial)
    await principals.iam.deleteUserPolicy({ UserName: 'user', PolicyName: 'by-tag' })
  })
}

test('a user may use the keys of its team as soon as they are tagged', async () => {
  await putPolicy('abac', {
    ...allow(['kms:Encrypt', 'kms:CreateKey', 'kms:TagResource']),
    Condition: { StringEquals: { 'aws:ResourceTag/team': `${'$'}{aws:PrincipalTag/team}` } },
  })
  const other = await makeKey(admin)
  const encrypt = (KeyId: string) =>
    attempt(server, 'Encrypt', { KeyId, Plaintext: Buffer.from('x') }, as('user'))
  assert.match(await encrypt(other.id), /because no identity-based policy allows the kms:Encrypt action$/)
  for (const [TagValue, isAllowed] of [
    ['blue', true],
    ['red', false],
    ['Blue', false],
    ['blue', true],
  ] as const) {
    await admin.sdk.tagResource({ KeyId: other.id, Tags: [{ TagKey: 'team', TagValue }] })
    assert.equal((await encrypt(other.id)) === 'allowed', isAllowed, TagValue)
  }
  await admin.sdk.untagResource({ KeyId: other.id, TagKeys: ['team'] })
  assert.notEqual(await encrypt(other.id), 'allowed')
  // The user changes to a different team.
  await admin.sdk.tagResource({ KeyId: other.id, Tags: [{ TagKey: 'team', TagValue: 'red' }] })
  await principals.iam.tagUser({ UserName: 'user', Tags: [{ Key: 'team', Value: 'red' }] })
  assert.equal(await encrypt(other.id), 'allowed')
  await principals.iam.untagUser({ UserName: 'user', TagKeys: ['team'] })
  assert.notEqual(await encrypt(other.id), 'allowed')
  await principals.iam.deleteUserPolicy({ UserName: 'user', PolicyName: 'abac' })
})

test('a new key must have the tags that the policy of the caller requires', async () => {
  await putPolicy('tags', {
    ...allow(['kms:CreateKey', 'kms:TagResource']),
    Condition: { StringEquals: { 'aws:RequestTag/team': 'blue' } },
  })
  const create = (TagValue?: string) =>
    attempt(
      server,
      'CreateKey',
      TagValue === undefined ? {} : { Tags: [{ TagKey: 'team', TagValue }] },
      as('user'),
    )
  assert.deepEqual(
    [await create('blue'), (await create('red')) === 'allowed', (await create()) === 'allowed'],
    ['allowed', false, false],
  )
  await principals.iam.deleteUserPolicy({ UserName: 'user', PolicyName: 'tags' })
})

test('a condition on aliases follows them, however the key is named', async () => {
  const [first, second] = [await makeKey(admin), await makeKey(admin)]
  await admin.sdk.createAlias({ AliasName: 'alias/app/one', TargetKeyId: first.id })
  await putPolicy('aliases', {
    ...allow('kms:Encrypt'),
    Condition: { 'ForAnyValue:StringLike': { 'kms:ResourceAliases': 'alias/app/*' } },
  })
  const encrypt = async (KeyId: string) =>
    (await attempt(server, 'Encrypt', { KeyId, Plaintext: Buffer.from('x') }, as('user'))) === 'allowed'
  const outcomes = async () => [await encrypt(first.id), await encrypt(second.arn)]
  assert.deepEqual(await outcomes(), [true, false])
  await admin.sdk.updateAlias({ AliasName: 'alias/app/one', TargetKeyId: second.id })
  assert.deepEqual(await outcomes(), [false, true])
  await admin.sdk.createAlias({ AliasName: 'alias/app/two', TargetKeyId: first.id })
  assert.deepEqual(await outcomes(), [true, true])
  await admin.sdk.deleteAlias({ AliasName: 'alias/app/one' })
  assert.deepEqual(await outcomes(), [true, false])
  // With kms:RequestAlias the request must name the alias; the key's id is not enough.
  await putPolicy('aliases', {
    ...allow('kms:Encrypt'),
    Condition: { StringEquals: { 'kms:RequestAlias': 'alias/app/two' } },
  })
  assert.deepEqual([await encrypt(first.id), await encrypt('alias/app/two')], [false, true])
  await principals.iam.deleteUserPolicy({ UserName: 'user', PolicyName: 'aliases' })
})

test('the denial names a permissions boundary or session policy that limits the caller', async () => {
  await delegate(key.id)
  await putPolicy('all', allow('kms:*'))
  const denied = (credentials: typeof principals.user, operation = 'Encrypt') =>
    attempt(server, operation, { KeyId: key.id, Plaintext: Buffer.from('x') }, { credentials })
  const boundaryOf = async (name: string, ...statements: object[]) => {
    const { Policy } = await principals.iam.createPolicy({
      PolicyName: name,
      PolicyDocument: policyOf(...statements),
    })
    const PermissionsBoundary = Policy?.Arn ?? ''
    await principals.iam.putUserPermissionsBoundary({ UserName: 'user', PermissionsBoundary })
  }
  const subject = `User: ${userArn('user')} is not authorized to perform: kms:Encrypt on resource: ${key.arn}`
  await boundaryOf('describing', allow('kms:DescribeKey'))
  assert.equal(
    await denied(principals.user),
    `${subject} because no permissions boundary allows the kms:Encrypt action`,
  )
  assert.equal(await attempt(server, 'DescribeKey', { KeyId: key.id }, as('user')), 'allowed')
  await boundaryOf('denying', allow('*'), deny('kms:Encrypt'))
  assert.equal(await denied(principals.user), `${subject} with an explicit deny in a permissions boundary`)
  await principals.iam.deleteUserPermissionsBoundary({ UserName: 'user' })
  assert.equal(await denied(principals.user), 'allowed')

  await principals.iam.putRolePolicy({
    RoleName: 'worker',
    PolicyName: 'all',
    PolicyDocument: policyOf(allow('kms:*')),
  })
  const sessionWith = async (...statements: object[]) => {
    const input = { RoleArn: roleArn, RoleSessionName: 'limited', Policy: policyOf(...statements) }
    return credentialsIn(await principals.sts.assumeRole(input))
  }
  const ofSession = `User: ${sessionArn('limited')} is not authorized to perform: kms:Encrypt on resource: ${key.arn}`
  const implicit = await denied(await sessionWith(allow('kms:DescribeKey')))
  assert.equal(implicit, `${ofSession} because no session policy allows the kms:Encrypt action`)
  const explicit = await denied(await sessionWith(allow('*'), deny('kms:Encrypt')))
  assert.equal(explicit, `${ofSession} with an explicit deny in a session policy`)
  assert.equal(await denied(await sessionWith(allow('kms:*'))), 'allowed')
})

test('the record of a denial has the condition that was not met, which the caller must not learn', async () => {
  await setPolicy('kms:DescribeKey', { StringEquals: { 'aws:PrincipalTag/team': 'gold' } })
  const answer = await describeAs('session')
  assert.ok(!answer.includes('gold'), answer)
  const reason = reasonOf(readAuditRecords(server.dataDirectory).at(-1)) ?? ''
  const why = 'Allow by #2 of key policy (resource-based) does not apply: '
  const mismatch = 'Condition StringEquals aws:PrincipalTag/team wants ["gold"], found ["red"]'
  assert.ok(reason.startsWith('implicitDeny (no resource-based policy allows it): '), reason)
  assert.ok(reason.includes(why + mismatch), reason)
})
