import assert from 'node:assert/strict'
import { test } from 'node:test'
import { attempt } from '../../fixtures/attempt.ts'
import { makeKey, policyOf } from '../../fixtures/caller.ts'
import type { TestCredentials } from '../../fixtures/clients.ts'
import { trustPolicy } from '../../fixtures/iam-caller.ts'
import { allow, deny } from '../../fixtures/seed.ts'
import {
  account,
  credentialsIn,
  principalsWorld,
  roleArn,
  rootArn,
  sessionArn,
  userArn,
} from '../../fixtures/worlds/principals.ts'

// Grants to roles, sessions, federated users and accounts (AWS KMS developer guide, "Grants in AWS KMS": a grant to a role
// is one to its sessions).

const { server, admin, principals } = await principalsWorld()
const { iam, sts } = principals
const key = await makeKey(admin, { Policy: policyOf(allow('kms:*', '*', userArn('admin'))) })

const isAllowed = async (operation: string, input: object, credentials: TestCredentials) =>
  (await attempt(server, operation, input, { credentials })) === 'allowed'
const encrypts = (credentials: TestCredentials) =>
  isAllowed('Encrypt', { KeyId: key.id, Plaintext: Buffer.from('x') }, credentials)

/** Makes a role that the account may assume. */
async function makeRole(RoleName: string, Path = '/team/') {
  const AssumeRolePolicyDocument = trustPolicy({ AWS: rootArn })
  const { Role } = await iam.createRole({ RoleName, Path, AssumeRolePolicyDocument })
  return { arn: Role?.Arn ?? '', id: Role?.RoleId ?? '' }
}

/** The credentials of a session. */
const sessionOf = async (RoleArn: string, RoleSessionName: string, more: object = {}) =>
  credentialsIn(await sts.assumeRole({ RoleArn, RoleSessionName, ...more }))

/** Whether the user, the plain session, the tagged session and the federated user may encrypt, in this order. */
async function whoMay(): Promise<boolean[]> {
  const { user, session, tagged, federated } = principals
  const found: boolean[] = []
  for (const credentials of [user, session, tagged, federated]) found.push(await encrypts(credentials))
  return found
}

/** Runs `use` with a grant to this principal. */
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
  test(`a grant to ${what} allows the principals that it names, until it is revoked`, async () => {
    await granting(arn, async () => assert.deepEqual(await whoMay(), expected))
  })
}

test('a grant to the account allows the principals whose own policies allow the call', async () => {
  const PolicyDocument = policyOf(allow('kms:Encrypt'))
  await granting(rootArn, async () => {
    assert.deepEqual(await whoMay(), [false, false, false, true])
    await iam.putRolePolicy({ RoleName: 'worker', PolicyName: 'p', PolicyDocument })
    assert.deepEqual(await whoMay(), [false, true, true, true])
    await iam.deleteRolePolicy({ RoleName: 'worker', PolicyName: 'p' })
  })
})

test('a Deny overrides a grant to a role, and a session policy limits it', async () => {
  await granting(roleArn, async () => {
    const PolicyDocument = policyOf(deny('kms:Encrypt'))
    await iam.putRolePolicy({ RoleName: 'worker', PolicyName: 'p', PolicyDocument })
    assert.deepEqual(await whoMay(), [false, false, false, false])
    await iam.deleteRolePolicy({ RoleName: 'worker', PolicyName: 'p' })
    const limited = await sessionOf(roleArn, 'limited', { Policy: policyOf(allow('kms:DescribeKey')) })
    assert.equal(await encrypts(limited), false)
    assert.equal(await encrypts(principals.session), true)
  })
})

test('a grant to a role must name an existing role by its whole ARN', async () => {
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

test('a session may retire the grants that its role may retire', async () => {
  const { GrantId } = await admin.sdk.createGrant({
    KeyId: key.id,
    GranteePrincipal: userArn('user'),
    RetiringPrincipal: roleArn,
    Operations: ['Encrypt'],
  })
  const retirement = { KeyId: key.arn, GrantId }
  const retires = (credentials: TestCredentials) => isAllowed('RetireGrant', retirement, credentials)
  assert.deepEqual([await retires(principals.user), await retires(principals.federated)], [false, true])
  assert.equal(await encrypts(principals.user), false)
})

test('a grant to a deleted role is not for a role recreated under the same name', async () => {
  const { arn } = await makeRole('mortal', '/')
  const first = await sessionOf(arn, 'one')
  await admin.sdk.createGrant({ KeyId: key.id, GranteePrincipal: arn, Operations: ['Encrypt'] })
  assert.equal(await encrypts(first), true)
  await iam.deleteRole({ RoleName: 'mortal' })
  await makeRole('mortal', '/')
  assert.equal(await encrypts(await sessionOf(arn, 'one')), false)
  await iam.deleteRole({ RoleName: 'mortal' })
})

/** A key, and the input of a grant on it to the session `future` of a role, which may retire it too. */
async function sessionGrant(RoleName: string) {
  const { id: KeyId } = await makeKey(admin)
  const party = sessionArn('future').replace('worker', RoleName)
  const Operations = ['DescribeKey' as const]
  return { KeyId, Name: 'bound-session', GranteePrincipal: party, RetiringPrincipal: party, Operations }
}

/** The grantee and the retiring principal of each grant. */
async function partiesOf(KeyId: string) {
  const { Grants = [] } = await admin.sdk.listGrants({ KeyId })
  return Grants.map(grant => [grant.GranteePrincipal, grant.RetiringPrincipal] as const).toSorted()
}

// Recorded from AWS.
test('a grant to a session of a deleted role is not for a session of a role recreated under the same name', async () => {
  const RoleName = 'ended_role'
  const input = await sessionGrant(RoleName)
  const { KeyId, GranteePrincipal: party } = input
  const describes = (credentials: TestCredentials) => isAllowed('DescribeKey', { KeyId }, credentials)
  const role = await makeRole(RoleName)
  // The `like` of the database matches both names.
  const alike = await makeRole('ended-role')
  const alikeParty = party.replace(RoleName, 'ended-role')
  // Nobody has assumed the role yet.
  const { GrantId } = await admin.sdk.createGrant(input)
  await admin.sdk.createGrant({ KeyId, GranteePrincipal: alikeParty, Operations: ['DescribeKey'] })
  assert.equal(await describes(await sessionOf(role.arn, 'future')), true)
  await iam.deleteRole({ RoleName })
  const gone = `${role.id}:future`
  const left = [[gone, gone] as const, [alikeParty, undefined] as const].toSorted()
  assert.deepEqual(await partiesOf(KeyId), left)
  assert.equal(await describes(await sessionOf(alike.arn, 'future')), true)

  const again = await makeRole(RoleName)
  assert.equal(again.arn, role.arn)
  assert.deepEqual(await partiesOf(KeyId), left)
  const session = await sessionOf(again.arn, 'future')
  assert.equal(await describes(session), false)
  const made = await admin.sdk.createGrant(input)
  assert.notEqual(made.GrantId, GrantId)
  assert.equal(await describes(session), true)
})

// Recorded from AWS.
test('a session of a deleted role is not a valid principal, neither by its ARN nor by its id', async () => {
  const RoleName = 'lost_role'
  const input = await sessionGrant(RoleName)
  const { KeyId, GranteePrincipal: party } = input
  const role = await makeRole(RoleName)
  await admin.sdk.createGrant(input)
  await iam.deleteRole({ RoleName })
  const gone = `${role.id}:future`
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
})

// Recorded from AWS.
test('a grant to a session must name a session of an existing role, without the role’s path', async () => {
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
