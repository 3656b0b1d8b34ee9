import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, test } from 'node:test'
import { lateReads } from '../../test/fixtures/late-reads.ts'
import { openTestStore } from '../../test/fixtures/test-store.ts'
import { type AccessKey, newUser, type User } from '../domain/index.ts'
import { sha256 } from '../std/index.ts'
import type { Store, Writer } from '../store/index.ts'
import { Identities } from './identities.ts'

const account = '000000000000'
const otherAccount = '111111111111'

let directory: string
let store: Store
let identities: Identities
/** The opened secrets. Each one is the wrapped bytes themselves, so that a test sees when they are wiped. */
let opened: Buffer[]

const unwrapSecret = (_: string, wrapped: Uint8Array) => {
  const secret = Buffer.from(wrapped)
  opened.push(secret)
  return secret
}

beforeEach(async () => {
  directory = mkdtempSync(join(tmpdir(), 'keyward-identities-'))
  store = await openTestStore(join(directory, 'keyward.db'))
  opened = []
  identities = new Identities({ store, unwrapSecret })
  await store.write(async writer => {
    for (const accountId of [account, otherAccount]) await writer.accounts.insert(accountId, 0)
  })
})
afterEach(async () => {
  await store.close()
  rmSync(directory, { recursive: true })
})

const insertKey = (accessKeyId: string, changes: Partial<AccessKey> = {}) =>
  store.write(writer => writeKey(writer, accessKeyId, changes))

function writeKey(writer: Writer, accessKeyId: string, changes: Partial<AccessKey>): Promise<void> {
  return writer.accessKeys.insert({
    accessKeyId,
    accountId: account,
    userName: undefined,
    service: undefined,
    wrappedSecret: Buffer.from('secret'),
    isActive: true,
    createdAt: 0,
    sessionTokenDigest: undefined,
    expiresAt: undefined,
    ...changes,
  })
}

function insertUser(userName: string, accountId = account): Promise<void> {
  const policies = [{ name: 'P', document: '{}' }]
  const user = newUser({ accountId, userName, userId: `AIDA-${userName}`, createdAt: 0, policies })
  return store.write(writer => writer.users.insert(user))
}

const updateUser = (changes: Partial<User>) =>
  store.write(async writer => {
    const user = (await writer.users.find(account, 'ann')) ?? assert.fail()
    await writer.users.update({ ...user, ...changes })
  })

test('access keys of the root user and of a user have the identity of their owner', async () => {
  await insertUser('ann')
  await insertKey('AKIAROOT')
  await insertKey('AKIAANN', { userName: 'ann' })
  const root = await identities.find('AKIAROOT')
  assert.deepEqual(root?.identity, {
    principal: {
      type: 'Root',
      accountId: account,
      arn: 'arn:aws:iam::000000000000:root',
      principalId: account,
    },
    policies: [],
    boundary: undefined,
    tags: [],
    sessionPolicies: undefined,
    session: undefined,
  })
  assert.equal(root.accessKeyId, 'AKIAROOT')
  const ann = await identities.find('AKIAANN')
  assert.deepEqual(ann?.identity.principal, {
    type: 'IAMUser',
    accountId: account,
    arn: 'arn:aws:iam::000000000000:user/ann',
    principalId: 'AIDA-ann',
    userName: 'ann',
  })
  assert.deepEqual(
    ann.identity.policies.map(({ name, document }) => [name, document]),
    [['P', '{}']],
  )
})

test('an unknown key, an inactive key and a key of a missing user have no identity', async () => {
  await insertUser('ann', otherAccount)
  await insertKey('AKIAOFF', { isActive: false })
  await insertKey('AKIAANN', { userName: 'ann' })
  for (const id of ['AKIAOFF', 'AKIAANN', 'AKIANONE']) {
    assert.equal(await identities.find(id), undefined)
    assert.equal(identities.findCached(id), undefined)
  }
})

test('a temporary key needs its session token, and expires', async () => {
  await insertKey('ASIA1', { sessionTokenDigest: sha256('token'), expiresAt: 1000 })
  await insertKey('AKIA1')
  const temporary = (await identities.find('ASIA1')) ?? assert.fail()
  const lasting = (await identities.find('AKIA1')) ?? assert.fail()
  const accepted = [undefined, '', 'Token', 'token'].map(token => temporary.acceptsSessionToken(token))
  assert.deepEqual(accepted, [false, false, false, true])
  assert.deepEqual([lasting.acceptsSessionToken(undefined), lasting.acceptsSessionToken('')], [true, false])
  assert.deepEqual([temporary.isExpired(999), temporary.isExpired(1000)], [false, true])
  assert.equal(lasting.isExpired(Number.MAX_SAFE_INTEGER), false)
})

test('found credentials are cached, and returned as the same object', async () => {
  await insertKey('AKIA1')
  assert.equal(identities.findCached('AKIA1'), undefined)
  const found = await identities.find('AKIA1')
  assert.ok(found !== undefined)
  assert.equal(identities.findCached('AKIA1'), found)
  assert.equal(identities.findCached('akia1'), undefined)
})

test('a missing key or user is found as soon as it exists', async () => {
  assert.equal(await identities.find('AKIA1'), undefined)
  await insertKey('AKIA1', { userName: 'ann' })
  assert.equal(await identities.find('AKIA1'), undefined)
  await insertUser('ann')
  assert.equal((await identities.find('AKIA1'))?.identity.principal.arn, 'arn:aws:iam::000000000000:user/ann')
})

test('a commit drops the cached credentials of its own account only', async () => {
  await insertKey('AKIA1')
  await insertKey('AKIA2', { accountId: otherAccount })
  const find = () => Promise.all([identities.find('AKIA1'), identities.find('AKIA2')])
  const setPolicies = () => updateUser({ policies: [] })
  for (const change of [() => insertUser('ann'), () => insertKey('AKIA3'), setPolicies]) {
    const [, other] = await find()
    await change()
    assert.equal(identities.findCached('AKIA1'), undefined)
    assert.equal(identities.findCached('AKIA2'), other)
  }
})

test('a user has the policies that were put last', async () => {
  await insertUser('ann')
  await insertKey('AKIA1', { userName: 'ann' })
  const names = async () => (await identities.find('AKIA1'))?.identity.policies.map(({ name }) => name)
  assert.deepEqual(await names(), ['P'])
  const policies = [{ name: 'Q', document: '{}' }]
  await updateUser({ policies })
  assert.deepEqual(await names(), ['Q'])
})

test('a change that is rolled back, or that changes no identity, drops nothing', async () => {
  await insertKey('AKIA1')
  const found = await identities.find('AKIA1')
  const undone = store.write(async writer => {
    await writeKey(writer, 'AKIA2', {})
    throw new Error('undone')
  })
  await assert.rejects(undone, /undone/)
  await store.write(writer => writer.seedEntries.putDigest('key/1', 'digest'))
  assert.ok(found !== undefined)
  assert.equal(identities.findCached('AKIA1'), found)
})

test('credentials read during a change are read again, and their secret is wiped', async () => {
  await insertUser('ann')
  await insertKey('AKIA1', { userName: 'ann' })
  const { late, release } = lateReads(store)
  identities = new Identities({ store: late, unwrapSecret })
  const reading = identities.find('AKIA1')
  await updateUser({ policies: [] })
  release()
  const found = (await reading) ?? assert.fail()
  assert.deepEqual(found.identity.policies, [])
  assert.equal(identities.findCached('AKIA1'), found)
  assert.deepEqual(opened.map(String), ['\0'.repeat(6), 'secret'])
})

test('a change at any moment of a read leaves no older identity in the cache', async () => {
  await insertUser('ann')
  await insertKey('AKIA1', { userName: 'ann' })
  for (let turns = 0; turns < 60; turns++) {
    const reading = identities.find('AKIA1')
    for (let turn = 0; turn < turns; turn++) await undefined
    const path = `/${turns}/`
    await Promise.all([reading, updateUser({ path })])
    const { principal } = (await identities.find('AKIA1'))?.identity ?? assert.fail()
    assert.equal(principal.arn, `arn:aws:iam::${account}:user${path}ann`, `after ${turns} turns`)
  }
})

test('close wipes the cached secrets', async () => {
  await insertKey('AKIA1')
  await insertKey('AKIA2')
  for (const id of ['AKIA1', 'AKIA2']) await identities.find(id)
  assert.deepEqual(opened.map(String), ['secret', 'secret'])
  identities.close()
  assert.deepEqual(opened, [Buffer.alloc(6), Buffer.alloc(6)])
  assert.equal(identities.findCached('AKIA1'), undefined)
})
