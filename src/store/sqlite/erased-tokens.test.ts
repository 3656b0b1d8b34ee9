import assert from 'node:assert/strict'
import { afterEach, beforeEach, test } from 'node:test'
import { Kysely, SqliteDialect } from 'kysely'
import { randomToken, testAuthenticator } from '../../../test/fixtures/test-store.ts'
import { newKey, newMaterial } from '../../domain/index.ts'
import { uuid } from '../../std/index.ts'
import { customKeyStoreOf } from '../contract/databases.test.ts'
import { clusterStoreOf } from '../contract/token-key-rows.test.ts'
import { Macs } from '../sql/authenticity/macs.ts'
import { migrate } from '../sql/migrations/index.ts'
import type { Schema } from '../sql/schema.ts'
import { type Erasure, SqlStore } from '../sql/sql-store.ts'
import { NodeSqlite } from './database.ts'

// A store has the database erase exactly the tokens that no key has any more.

const scope = { accountId: '000000000000', region: 'us-east-1' }
const replicaScope = { ...scope, region: 'eu-west-1' }
const keyToken = randomToken(89)
const publicKeyToken = randomToken(120)
const material = newMaterial({ keyMaterialId: 'aa'.repeat(32), keyToken, publicKeyToken }, 0)

let store: SqlStore
let calls: string[][]
let failures: number
let marks: boolean[]
/** An erasure ends after this. */
let gate: Promise<void> | undefined
const hexOf = (token: Uint8Array) => Buffer.from(token).toString('hex')

beforeEach(async () => {
  calls = []
  failures = 0
  gate = undefined
  const db = new Kysely<Schema>({ dialect: new SqliteDialect({ database: new NodeSqlite(':memory:') }) })
  await migrate(db as Kysely<unknown>, { bytes: 'blob', integer: 'integer' })
  marks = []
  const erasure: Erasure = {
    mark: async () => marks.push(true),
    unmark: async () => marks.push(false),
    close: async () => undefined,
    async erase(secrets) {
      calls.push(secrets.map(hexOf))
      await gate
      if (failures-- > 0) throw new Error('the disk is away')
    },
  }
  store = await SqlStore.open(db, erasure, new Macs(testAuthenticator, assert.fail))
  await store.write(writer => writer.accounts.insert(scope.accountId, 1))
})
afterEach(() => store.close())

async function insertKey(keyId: string, where = scope): Promise<void> {
  const fixed = { keySpec: 'SYMMETRIC_DEFAULT', keyUsage: 'ENCRYPT_DECRYPT', origin: 'EXTERNAL' } as const
  const key = newKey({ ...where, keyId, ...fixed, createdAt: 0 })
  await store.write(writer => writer.keys.insert({ key, policy: '{}', materials: [material] }))
}

test('the token of a public key that stays is not erased', async () => {
  const keyId = uuid()
  await insertKey(keyId)
  await store.write(writer => writer.keys.putMaterial(scope, keyId, { ...material, keyToken: undefined }))
  assert.deepEqual(calls, [[hexOf(keyToken)]])
})

test('a token that a different member of the key still has is not erased', async () => {
  const keyId = `mrk-${'0'.repeat(32)}`
  await insertKey(keyId)
  await insertKey(keyId, replicaScope)
  await store.write(writer => writer.keys.delete(replicaScope, keyId))
  assert.deepEqual(calls, [])
  await store.write(writer => writer.keys.delete(scope, keyId))
  assert.deepEqual(calls, [[hexOf(keyToken), hexOf(publicKeyToken)]])
})

test('the credential of a custom key store is erased when it is replaced or deleted, and not before', async () => {
  const [first, second] = [randomToken(60), randomToken(60)]
  const outside = customKeyStoreOf(scope, 1)
  const having = (wrappedSecret: Uint8Array) => ({ ...outside, proxy: { ...outside.proxy, wrappedSecret } })
  await store.write(writer => writer.customKeyStores.insert(having(first)))
  await store.write(writer => writer.customKeyStores.update({ ...having(first), name: 'renamed' }))
  assert.deepEqual(calls, [])
  await store.write(writer => writer.customKeyStores.update(having(second)))
  assert.deepEqual(calls, [[hexOf(first)]])
  await store.write(writer => writer.customKeyStores.delete(having(second)))
  assert.deepEqual(calls, [[hexOf(first)], [hexOf(second)]])
})

test('the passwords of a custom key store are erased when they are replaced or deleted, and not before', async () => {
  const [first, second, third] = [randomToken(60), randomToken(60), randomToken(60)]
  const inside = clusterStoreOf(scope, 1)
  const having = (wrappedPassword: Uint8Array, wrappedNextPassword?: Uint8Array) => ({
    ...inside,
    cluster: { ...inside.cluster, wrappedPassword, wrappedNextPassword },
  })
  await store.write(writer => writer.customKeyStores.insert(having(first)))
  await store.write(writer => writer.customKeyStores.update(having(first, second)))
  assert.deepEqual(calls, [])
  await store.write(writer => writer.customKeyStores.update(having(second)))
  assert.deepEqual(calls, [[hexOf(first)]])
  await store.write(writer => writer.customKeyStores.update(having(second, third)))
  await store.write(writer => writer.customKeyStores.delete(having(second)))
  assert.deepEqual(calls, [[hexOf(first)], [hexOf(second), hexOf(third)]])
})

test('a token whose erasure failed is erased with the next deletion', async () => {
  const [first, second] = [uuid(), uuid()]
  await insertKey(first)
  await insertKey(second)
  failures = 1
  await store.write(writer => writer.keys.delete(scope, first))
  await store.write(writer => writer.keys.delete(scope, second))
  const tokens = [hexOf(keyToken), hexOf(publicKeyToken)]
  assert.deepEqual(calls, [tokens, [...tokens, ...tokens]])
  assert.deepEqual(marks, [true, true, false])
})

test('a deletion is marked when it is committed, and the mark is removed when everything is erased', async () => {
  const keyIds = [uuid(), uuid(), uuid()]
  for (const keyId of keyIds) await insertKey(keyId)
  await Promise.all(keyIds.map(keyId => store.write(writer => writer.keys.delete(scope, keyId))))
  assert.equal(marks.filter(mark => mark).length, 3)
  assert.equal(marks.at(-1), false)
})

// A search reads all files of the database, so its cost is what all accounts have stored.
test('deletions that come during an erasure share the next one', async () => {
  const keyIds = Array.from({ length: 10 }, uuid)
  for (const keyId of keyIds) await insertKey(keyId)
  const begun = Promise.withResolvers<void>()
  gate = begun.promise
  const deletions = keyIds.map(keyId => store.write(writer => writer.keys.delete(scope, keyId)))
  while (marks.length < keyIds.length) await new Promise(done => setImmediate(done))
  begun.resolve()
  await Promise.all(deletions)
  assert.equal(calls.length, 2)
  assert.equal(calls.flat().length, 2 * keyIds.length)
  assert.equal(marks.at(-1), false)
})
