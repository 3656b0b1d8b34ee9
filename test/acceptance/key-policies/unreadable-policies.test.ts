import assert from 'node:assert/strict'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { after, before, test } from 'node:test'
import { makeKey, TestCaller, type TestKey } from '../../fixtures/caller.ts'
import {
  type KeywardProcess,
  readAuditRecords,
  startKeyward,
  temporaryDirectory,
} from '../../fixtures/keyward-process.ts'
import { callQuery } from '../../fixtures/query-call.ts'
import { allow, credentialsOf, seedAccessKey, seedUser, writeSeed } from '../../fixtures/seed.ts'
import { assume, home, listKeys, refused, roleArnOf } from '../../fixtures/sts-world.ts'

// Policies that an earlier version took and that this one cannot read: what is stored has an operator that there is not. They
// deny everything, and whoever may can put others in their place.

const Condition = { StringEquals: { 'aws:PrincipalType': ['User', 'Account', 'AssumedRole'] } }
const document = (...Statement: object[]) => JSON.stringify({ Version: '2012-10-17', Statement })
const conditional = { ...allow('*'), Condition }
const readable = document(allow('*'))
const keyPolicy = document({ ...allow('kms:*', '*', [home, `arn:aws:iam::${home}:user/grantee`]), Condition })
const trustOf = (more: object) =>
  document({ Effect: 'Allow', Principal: { AWS: home }, Action: 'sts:AssumeRole', ...more })
const boundaryArn = `arn:aws:iam::${home}:policy/limit`

const root = credentialsOf('homeroot')
let keyward: KeywardProcess
let key: TestKey

const iam = async (action: string, parameters: Readonly<Record<string, string>>) => {
  const { status, text } = await callQuery(keyward, 'iam', action, parameters, root)
  assert.equal(status, 200, text)
}
const callerOf = (name: string) => new TestCaller(keyward, { credentials: credentialsOf(name) })

before(async () => {
  const dataDirectory = temporaryDirectory()
  const users = [
    ...[seedUser('admin', allow('*')), seedUser('grantee')],
    ...[seedUser('closed', conditional), seedUser('bounded', allow('*'))],
  ]
  const account = { id: home, root: { accessKeys: [seedAccessKey('homeroot')] }, users }
  keyward = await startKeyward({ dataDirectory, flags: ['--seed', writeSeed({ accounts: [account] })] })
  key = await makeKey(callerOf('admin'), { Policy: keyPolicy })
  await callerOf('admin').answer('CreateGrant', {
    KeyId: key.id,
    GranteePrincipal: `arn:aws:iam::${home}:user/grantee`,
    Operations: ['Encrypt'],
  })
  await iam('CreatePolicy', { PolicyName: 'limit', PolicyDocument: document(conditional) })
  await iam('PutUserPermissionsBoundary', { UserName: 'bounded', PermissionsBoundary: boundaryArn })
  await iam('CreateRole', { RoleName: 'trusting', AssumeRolePolicyDocument: trustOf({ Condition }) })
  await iam('PutRolePolicy', { RoleName: 'trusting', PolicyName: 'p', PolicyDocument: readable })
  await isAllWell()
  await keyward.stop()
  makeUnreadable(join(dataDirectory, 'keyward.db'))
  keyward = await startKeyward({ dataDirectory })
})
after(() => keyward.stop())

async function isAllWell(): Promise<void> {
  for (const name of ['admin', 'grantee']) {
    await callerOf(name).answer('Encrypt', { KeyId: key.id, Plaintext: 'AAAA' })
  }
  for (const name of ['closed', 'bounded']) await listKeys(keyward, credentialsOf(name))
  await listKeys(keyward, await assume(keyward, credentialsOf('admin'), { RoleArn: roleArnOf('trusting') }))
}

function makeUnreadable(path: string): void {
  const database = new DatabaseSync(path)
  for (const [table, column] of [
    ...[['kms_keys', 'policy'] as const, ['users', 'policies'] as const],
    ...[['iam_roles', 'trust_policy'] as const, ['iam_policies', 'versions'] as const],
  ]) {
    const sql = `update ${table} set ${column} = replace(${column}, 'StringEquals', 'StringResembles')`
    assert.ok(Number(database.prepare(sql).run().changes) > 0, table)
  }
  database.close()
}

const denial = /not authorized to perform: .* with an explicit deny in a resource-based policy$/

test('a key policy that cannot be read lets nobody do anything', async () => {
  const calls: [string, object][] = [
    ['Encrypt', { Plaintext: 'AAAA' }],
    ['DescribeKey', {}],
    ['GetKeyPolicy', {}],
    ['PutKeyPolicy', { Policy: keyPolicy, BypassPolicyLockoutSafetyCheck: true }],
  ]
  for (const [operation, input] of calls) {
    for (const name of ['admin', 'grantee']) {
      const wanted = { KeyId: key.id, ...input }
      await callerOf(name).isRefused(operation, wanted, 'AccessDeniedException', denial)
    }
  }
  const reasons = readAuditRecords(keyward.dataDirectory)
    .filter(({ eventName, errorCode }) => eventName === 'Encrypt' && errorCode !== undefined)
    .map(({ additionalEventData: data }) => (data as { reason: string }).reason)
  assert.equal(reasons.length, 2)
  for (const reason of reasons) assert.match(reason, /Deny by StoredPolicyCannotBeRead of key policy/)
})

test('the root user may read it and put another in its place, and do nothing else', async () => {
  const caller = callerOf('homeroot')
  for (const operation of ['Encrypt', 'DescribeKey', 'DisableKey']) {
    const input = { KeyId: key.id, ...(operation === 'Encrypt' && { Plaintext: 'AAAA' }) }
    await caller.isRefused(operation, input, 'AccessDeniedException', denial)
  }
  const { Policy: stored } = await caller.answer('GetKeyPolicy', { KeyId: key.id })
  assert.equal(stored, keyPolicy.replace('StringEquals', 'StringResembles'))
  await caller.answersNothing('PutKeyPolicy', { KeyId: key.id, Policy: keyPolicy })
  await caller.answer('DescribeKey', { KeyId: key.id })
  await callerOf('grantee').answer('Encrypt', { KeyId: key.id, Plaintext: 'AAAA' })
})

test('a policy of a user, or its boundary, that cannot be read denies it everything until there is another', async () => {
  const because = (type: string) => new RegExp(`with an explicit deny in ${type}$`)
  const [closed, bounded] = [callerOf('closed'), callerOf('bounded')]
  await closed.isRefused('ListKeys', {}, 'AccessDeniedException', because('an identity-based policy'))
  await bounded.isRefused('ListKeys', {}, 'AccessDeniedException', because('a permissions boundary'))
  await iam('PutUserPolicy', { UserName: 'closed', PolicyName: 'access', PolicyDocument: readable })
  const version = { PolicyArn: boundaryArn, PolicyDocument: readable, SetAsDefault: 'true' }
  await iam('CreatePolicyVersion', version)
  await closed.answer('ListKeys', {})
  await bounded.answer('ListKeys', {})
})

test('a trust policy that cannot be read lets nobody assume the role until there is another', async () => {
  const attempt = () => assume(keyward, credentialsOf('admin'), { RoleArn: roleArnOf('trusting') })
  await refused(attempt(), 'AccessDenied')
  await iam('UpdateAssumeRolePolicy', { RoleName: 'trusting', PolicyDocument: trustOf({}) })
  await listKeys(keyward, await attempt())
})

test('the operator is told of each once', async () => {
  await isAllWell()
  const told = keyward
    .stderr()
    .split('\n')
    .filter(line => line.includes('a stored policy cannot be read'))
    .map(line => (JSON.parse(line) as { of: string }).of)
  const user = (name: string) => `arn:aws:iam::${home}:user/${name}`
  assert.deepEqual(told, [key.arn, user('closed'), user('bounded'), roleArnOf('trusting')])
})
