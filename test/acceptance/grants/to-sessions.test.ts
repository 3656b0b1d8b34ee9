import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { attempt } from '../../fixtures/attempt.ts'
import { makeKey, policyOf, TestCaller, type TestKey } from '../../fixtures/caller.ts'
import type { TestCredentials } from '../../fixtures/clients.ts'
import type { KeywardProcess } from '../../fixtures/keyward-process.ts'
import {
  account,
  credentialsIn,
  type Principals,
  roleArn,
  rootArn,
  sessionArn,
  startPrincipalsWorld,
  userArn,
} from '../../fixtures/principals-world.ts'
import { allow, deny } from '../../fixtures/seed.ts'

// Grants to roles, sessions, federated users and accounts (AWS KMS developer guide, "Grants in AWS KMS": a grant to a role
// is one to its sessions).

let server: KeywardProcess
let principals: Principals
let admin: TestCaller
let key: TestKey
before(async () => {
  const world = await startPrincipalsWorld()
  server = world.server
  principals = world.principals
  admin = new TestCaller(server, { credentials: principals.admin })
  const Policy = policyOf(allow('kms:*', '*', userArn('admin')))
  key = await makeKey(admin, { Policy })
})
after(() => server.stop())

const encrypts = async (credentials: TestCredentials) =>
  (await attempt(server, 'Encrypt', { KeyId: key.id, Plaintext: Buffer.from('x') }, { credentials })) ===
  'allowed'

/** Who of user, plain session, tagged session and federated user may encrypt. */
async function whoMay(): Promise<boolean[]> {
  const { user, session, tagged, federated } = principals
  const found: boolean[] = []
  for (const credentials of [user, session, tagged, federated]) found.push(await encrypts(credentials))
  return found
}

async function granting(GranteePrincipal: string, use: () => Promise<void>): Promise<void> {
  const { GrantId = '' } = await admin.sdk.createGrant({
    KeyId: key.id,
    GranteePrincipal,
    Operations: ['Encrypt'],
  })
  await use()
  await admin.sdk.revokeGrant({ KeyId: key.id, GrantId })
  assert.deepEqual(await whoMay(), [false, false, false, false])
}

const grantees: [what: string, arn: string, expected: boolean[]][] = [
  ['a user', userArn('user'), [true, false, false, false]],
  ['a role', roleArn, [false, true, true, false]],
  ['a session', sessionArn('plain'), [false, true, false, false]],
  ['a federated user', `arn:aws:sts::${account}:federated-user/guest`, [false, false, false, true]],
]

for (const [what, arn, expected] of grantees) {
  test(`a grant to ${what} lets those that it names, until it is revoked`, async () => {
    await granting(arn, async () => assert.deepEqual(await whoMay(), expected))
  })
}

test('a grant to the account lets those whom its policies let', async () => {
  const PolicyDocument = JSON.stringify({ Version: '2012-10-17', Statement: allow('kms:Encrypt') })
  await granting(rootArn, async () => {
    assert.deepEqual(await whoMay(), [false, false, false, true])
    await principals.iam.putRolePolicy({ RoleName: 'worker', PolicyName: 'p', PolicyDocument })
    assert.deepEqual(await whoMay(), [false, true, true, true])
    await principals.iam.deleteRolePolicy({ RoleName: 'worker', PolicyName: 'p' })
  })
})

test('a grant gives a role nothing that a Deny takes, and its session no more than its session policy', async () => {
  await granting(roleArn, async () => {
    const PolicyDocument = JSON.stringify({ Version: '2012-10-17', Statement: deny('kms:Encrypt') })
    await principals.iam.putRolePolicy({ RoleName: 'worker', PolicyName: 'p', PolicyDocument })
    assert.deepEqual(await whoMay(), [false, false, false, false])
    await principals.iam.deleteRolePolicy({ RoleName: 'worker', PolicyName: 'p' })
    const Policy = JSON.stringify({ Version: '2012-10-17', Statement: allow('kms:DescribeKey') })
    const { Credentials } = await principals.sts.assumeRole({
      RoleArn: roleArn,
      RoleSessionName: 'limited',
      Policy,
    })
    const { AccessKeyId = '', SecretAccessKey = '', SessionToken = '' } = Credentials ?? {}
    const limited = { accessKeyId: AccessKeyId, secretAccessKey: SecretAccessKey, sessionToken: SessionToken }
    assert.equal(await encrypts(limited), false)
    assert.equal(await encrypts(principals.session), true)
  })
})

test('only roles that are there, by their whole ARN, can be granted anything', async () => {
  const strangers = [
    `arn:aws:iam::${account}:role/none`,
    `arn:aws:iam::${account}:role/worker`,
    `arn:aws:iam::${account}:role/other/worker`,
    `arn:aws:iam::${account}:group/g`,
  ]
  for (const GranteePrincipal of strangers) {
    const input = { KeyId: key.id, GranteePrincipal, Operations: ['Encrypt'] }
    await admin.isRefused('CreateGrant', input, 'InvalidArnException')
  }
})

test('a session retires the grants that its role may retire', async () => {
  const { GrantId } = await admin.sdk.createGrant({
    KeyId: key.id,
    GranteePrincipal: userArn('user'),
    RetiringPrincipal: roleArn,
    Operations: ['Encrypt'],
  })
  const retirement = { KeyId: key.arn, GrantId }
  const retires = async (credentials: TestCredentials) =>
    (await attempt(server, 'RetireGrant', retirement, { credentials })) === 'allowed'
  assert.deepEqual([await retires(principals.user), await retires(principals.federated)], [false, true])
  assert.equal(await encrypts(principals.user), false)
})

test('a role that is deleted takes its grants with it, also from one made anew under its name', async () => {
  const input = {
    RoleName: 'mortal',
    AssumeRolePolicyDocument: JSON.stringify({
      Version: '2012-10-17',
      Statement: { Effect: 'Allow', Principal: { AWS: rootArn }, Action: 'sts:AssumeRole' },
    }),
  }
  const RoleArn = `arn:aws:iam::${account}:role/mortal`
  const session = async () => {
    await principals.iam.createRole(input)
    const { Credentials } = await principals.sts.assumeRole({ RoleArn, RoleSessionName: 'one' })
    const { AccessKeyId = '', SecretAccessKey = '', SessionToken = '' } = Credentials ?? {}
    return { accessKeyId: AccessKeyId, secretAccessKey: SecretAccessKey, sessionToken: SessionToken }
  }
  const first = await session()
  await admin.sdk.createGrant({ KeyId: key.id, GranteePrincipal: RoleArn, Operations: ['Encrypt'] })
  assert.equal(await encrypts(first), true)
  await principals.iam.deleteRole({ RoleName: 'mortal' })
  const second = await session()
  assert.equal(await encrypts(second), false)
  await principals.iam.deleteRole({ RoleName: 'mortal' })
})

// Recorded from AWS.
test('so does it with the grants of its sessions', async () => {
  const { id: KeyId } = await makeKey(admin)
  const RoleName = 'ended_role'
  const makeRole = async (name = RoleName) => {
    const AssumeRolePolicyDocument = JSON.stringify({
      Version: '2012-10-17',
      Statement: { Effect: 'Allow', Principal: { AWS: rootArn }, Action: 'sts:AssumeRole' },
    })
    const { Role } = await principals.iam.createRole({
      RoleName: name,
      Path: '/team/',
      AssumeRolePolicyDocument,
    })
    return { arn: Role?.Arn ?? '', id: Role?.RoleId ?? '' }
  }
  const sessionOf = async (RoleArn: string) =>
    credentialsIn(await principals.sts.assumeRole({ RoleArn, RoleSessionName: 'future' }))
  const describes = async (credentials: TestCredentials) =>
    (await attempt(server, 'DescribeKey', { KeyId }, { credentials })) === 'allowed'
  const party = `arn:aws:sts::${account}:assumed-role/${RoleName}/future`
  const input = {
    KeyId,
    Name: 'bound-session',
    GranteePrincipal: party,
    RetiringPrincipal: party,
    Operations: ['DescribeKey' as const],
  }
  const list = async () =>
    ((await admin.sdk.listGrants({ KeyId })).Grants ?? []).map(
      grant => [grant.GranteePrincipal, grant.RetiringPrincipal] as const,
    )

  const role = await makeRole()
  // To `like` of the database, these names are alike.
  const alike = await makeRole('ended-role')
  const alikeParty = party.replace(RoleName, 'ended-role')
  // Nobody has assumed it yet.
  const { GrantId } = await admin.sdk.createGrant(input)
  await admin.sdk.createGrant({ KeyId, GranteePrincipal: alikeParty, Operations: ['DescribeKey'] })
  assert.equal(await describes(await sessionOf(role.arn)), true)
  await principals.iam.deleteRole({ RoleName })
  const gone = `${role.id}:future`
  const left = [
    [gone, gone],
    [alikeParty, undefined],
  ]
  assert.deepEqual((await list()).toSorted(), left.toSorted())
  assert.equal(await describes(await sessionOf(alike.arn)), true)
  const isRefused = (operation: string, input: object, text: string, code = 'InvalidArnException') =>
    admin.isRefused(operation, input, code, text)
  const noSuch = `ARN does not refer to a valid principal: ${party}`
  await isRefused('ListGrants', { KeyId, GranteePrincipal: party }, noSuch)
  await isRefused('ListRetirableGrants', { RetiringPrincipal: party }, noSuch)
  const noInput = 'Input does not refer to a valid principal'
  await isRefused('ListGrants', { KeyId, GranteePrincipal: gone }, noInput)
  const notFound = `Retiring principal ${gone} could not be found`
  await isRefused('ListRetirableGrants', { RetiringPrincipal: gone }, notFound, 'NotFoundException')
  const noGrantee = 'GranteePrincipal does not refer to a valid principal.'
  await isRefused('CreateGrant', { ...input, GranteePrincipal: gone }, noGrantee)

  const again = await makeRole()
  assert.equal(again.arn, role.arn)
  assert.deepEqual((await list()).toSorted(), left.toSorted())
  const session = await sessionOf(again.arn)
  assert.equal(await describes(session), false)
  const made = await admin.sdk.createGrant(input)
  assert.notEqual(made.GrantId, GrantId)
  assert.equal(await describes(session), true)
})

// Recorded from AWS.
test('a session that a grant names must be one of a role that is there, without its path', async () => {
  const isRefused = async (GranteePrincipal: string, text: string) => {
    const input = { KeyId: key.id, GranteePrincipal, Operations: ['Encrypt'] }
    await admin.isRefused('CreateGrant', input, 'InvalidArnException', text)
  }
  const missing = sessionArn('target').replace('worker', 'missing')
  await isRefused(missing, `ARN does not refer to a valid principal: ${missing}`)
  const withPath = sessionArn('target').replace('worker', 'team/worker')
  await isRefused(withPath, `ARN is not valid: ${withPath}`)
  const user = `arn:aws:iam::${account}:user/missing`
  await isRefused(user, `ARN does not refer to a valid principal: ${user}`)
})
