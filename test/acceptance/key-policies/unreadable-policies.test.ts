import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Writer } from '../../../src/store/index.ts'
import { callersOf, makeKey, policyOf } from '../../fixtures/caller.ts'
import type { TestCredentials } from '../../fixtures/clients.ts'
import { type KeywardProcess, readAuditRecords, reasonOf } from '../../fixtures/keyward-process.ts'
import { callQuery } from '../../fixtures/query-call.ts'
import { allow, credentialsOf, seedAccessKey, seedUser } from '../../fixtures/seed.ts'
import { writeStored } from '../../fixtures/stored-entities.ts'
import { testServer } from '../../fixtures/test-server.ts'
import { assume, home, listKeys, refused, roleArnOf, trust } from '../../fixtures/worlds/sts.ts'
import { userArn } from '../../fixtures/worlds/two-accounts.ts'

// Policies that an earlier version accepted and that this version cannot read: the stored text has an unknown operator. They
// deny everything until a principal with the permission replaces them.

const Condition = { StringEquals: { 'aws:PrincipalType': ['User', 'Account', 'AssumedRole'] } }
const conditional = { ...allow('*'), Condition }
const readable = policyOf(allow('*'))
const granteeArn = userArn('grantee', home)
const keyPolicy = policyOf({ ...allow('kms:*', '*', [home, granteeArn]), Condition })
const trustOf = (more: object) => trust({ AWS: home }, more)
const boundaryArn = `arn:aws:iam::${home}:policy/limit`

const users = [
  ...[seedUser('admin', allow('*')), seedUser('grantee')],
  ...[seedUser('closed', conditional), seedUser('bounded', allow('*'))],
]
const account = { id: home, root: { accessKeys: [seedAccessKey('homeroot')] }, users }
const first = await testServer({ seed: { accounts: [account] } })
const admin = callersOf(first)('admin')
const key = await makeKey(admin, { Policy: keyPolicy })
await admin.sdk.createGrant({ KeyId: key.id, GranteePrincipal: granteeArn, Operations: ['Encrypt'] })
await iam(first, 'CreatePolicy', { PolicyName: 'limit', PolicyDocument: policyOf(conditional) })
await iam(first, 'PutUserPermissionsBoundary', { UserName: 'bounded', PermissionsBoundary: boundaryArn })
await iam(first, 'CreateRole', { RoleName: 'trusting', AssumeRolePolicyDocument: trustOf({ Condition }) })
await iam(first, 'PutRolePolicy', { RoleName: 'trusting', PolicyName: 'p', PolicyDocument: readable })
await everythingIsAllowed(first)
await first.stop()
await writeStored(first, makeUnreadable)
const keyward = await testServer({ dataDirectory: first.dataDirectory })
const as = callersOf(keyward)

/** Performs an IAM action as the root user. */
async function iam(server: KeywardProcess, action: string, parameters: Readonly<Record<string, string>>) {
  const { status, text } = await callQuery(server, 'iam', action, parameters, credentialsOf('homeroot'))
  assert.equal(status, 200, text)
}

/** Performs the calls that all these policies allow. */
async function everythingIsAllowed(server: KeywardProcess): Promise<void> {
  for (const name of ['admin', 'grantee']) await callersOf(server)(name).encrypt(key.id)
  for (const name of ['closed', 'bounded']) await listKeys(server, credentialsOf(name))
  await listKeys(server, await assumeTrusting(server))
}

function assumeTrusting(server: KeywardProcess): Promise<TestCredentials> {
  return assume(server, credentialsOf('admin'), { RoleArn: roleArnOf('trusting') })
}

/** Puts an unknown operator into the stored policies. */
async function makeUnreadable(writer: Writer): Promise<void> {
  const spoil = (policy: string) => {
    assert.match(policy, /StringEquals/)
    return policy.replaceAll('StringEquals', 'StringResembles')
  }
  const scope = { accountId: home, region: 'us-east-1' }
  await writer.keys.setPolicy(scope, key.id, spoil(keyPolicy))
  const closed = (await writer.users.find(home, 'closed')) ?? assert.fail()
  const policies = closed.policies.map(({ name, document }) => ({ name, document: spoil(document) }))
  await writer.users.update({ ...closed, policies })
  const role = (await writer.roles.find(home, 'trusting')) ?? assert.fail()
  await writer.roles.update({ ...role, trustPolicy: spoil(role.trustPolicy) })
  const limit = (await writer.policies.find(home, 'limit')) ?? assert.fail()
  const versions = limit.versions.map(version => ({ ...version, document: spoil(version.document) }))
  await writer.policies.update({ ...limit, versions })
}

const denial = /not authorized to perform: .* with an explicit deny in a resource-based policy$/

test('a key policy that cannot be read denies everything to everybody', async () => {
  const calls: [string, object][] = [
    ['Encrypt', { Plaintext: 'AAAA' }],
    ['DescribeKey', {}],
    ['GetKeyPolicy', {}],
    ['PutKeyPolicy', { Policy: keyPolicy, BypassPolicyLockoutSafetyCheck: true }],
  ]
  for (const [operation, input] of calls) {
    for (const name of ['admin', 'grantee']) {
      const wanted = { KeyId: key.id, ...input }
      await as(name).isRefused(operation, wanted, 'AccessDeniedException', denial)
    }
  }
  const reasons = readAuditRecords(keyward.dataDirectory)
    .filter(({ eventName, errorCode }) => eventName === 'Encrypt' && errorCode !== undefined)
    .map(reasonOf)
  assert.equal(reasons.length, 2)
  for (const reason of reasons) assert.match(reason ?? '', /Deny by StoredPolicyCannotBeRead of key policy/)
})

test('the root user may read it and replace it, and nothing else', async () => {
  const caller = as('homeroot')
  for (const operation of ['Encrypt', 'DescribeKey', 'DisableKey']) {
    const input = { KeyId: key.id, ...(operation === 'Encrypt' && { Plaintext: 'AAAA' }) }
    await caller.isRefused(operation, input, 'AccessDeniedException', denial)
  }
  const { Policy: stored } = await caller.answer('GetKeyPolicy', { KeyId: key.id })
  assert.equal(stored, keyPolicy.replace('StringEquals', 'StringResembles'))
  await caller.answersNothing('PutKeyPolicy', { KeyId: key.id, Policy: keyPolicy })
  await caller.answer('DescribeKey', { KeyId: key.id })
  await as('grantee').answer('Encrypt', { KeyId: key.id, Plaintext: 'AAAA' })
})

test('a policy or boundary of a user that cannot be read denies the user everything until it is replaced', async () => {
  const because = (type: string) => new RegExp(`with an explicit deny in ${type}$`)
  const [closed, bounded] = [as('closed'), as('bounded')]
  await closed.isRefused('ListKeys', {}, 'AccessDeniedException', because('an identity-based policy'))
  await bounded.isRefused('ListKeys', {}, 'AccessDeniedException', because('a permissions boundary'))
  await iam(keyward, 'PutUserPolicy', { UserName: 'closed', PolicyName: 'access', PolicyDocument: readable })
  const version = { PolicyArn: boundaryArn, PolicyDocument: readable, SetAsDefault: 'true' }
  await iam(keyward, 'CreatePolicyVersion', version)
  await closed.answer('ListKeys', {})
  await bounded.answer('ListKeys', {})
})

test('nobody may assume a role whose trust policy cannot be read, until it is replaced', async () => {
  await refused(assumeTrusting(keyward), 'AccessDenied')
  await iam(keyward, 'UpdateAssumeRolePolicy', { RoleName: 'trusting', PolicyDocument: trustOf({}) })
  await listKeys(keyward, await assumeTrusting(keyward))
})

test('the log warns about each of these policies once', async () => {
  await everythingIsAllowed(keyward)
  const warned = keyward
    .stderr()
    .split('\n')
    .filter(line => line.includes('a stored policy cannot be read'))
    .map(line => (JSON.parse(line) as { of: string }).of)
  const users = [userArn('closed', home), userArn('bounded', home)]
  assert.deepEqual(warned, [key.arn, ...users, roleArnOf('trusting')])
})
