import assert from 'node:assert/strict'
import { afterEach, beforeEach, test } from 'node:test'
import { Kysely, SqliteDialect } from 'kysely'
import { newKey, newMaterial } from '../../domain/index.ts'
import { randomBytes, uuid } from '../../std/index.ts'
import { migrate } from '../sql/migrations/index.ts'
import type { Schema } from '../sql/schema.ts'
import { SqlStore } from '../sql/sql-store.ts'
import { NodeSqlite } from './database.ts'

// Which tokens a store has looked for in the database's files: those that no key has any more.

const scope = { accountId: '000000000000', region: 'us-east-1' }
const replicaScope = { ...scope, region: 'eu-west-1' }
const keyToken = randomBytes(89)
const publicKeyToken = randomBytes(120)
const material = newMaterial({ keyMaterialId: 'aa'.repeat(32), keyToken, publicKeyToken }, 0)

let store: SqlStore
let calls: string[][]
let failures: number
let marks: boolean[]
const hexOf = (token: Uint8Array) => Buffer.from(token).toString('hex')

beforeEach(async () => {
  calls = []
  failures = 0
  const db = new Kysely<Schema>({ dialect: new SqliteDialect({ database: new NodeSqlite(':memory:') }) })
  await migrate(db as Kysely<unknown>, { bytes: 'blob', integer: 'integer' })
  marks = []
  store = new SqlStore(db, {
    mark: async () => marks.push(true),
    unmark: async () => marks.push(false),
    async erase(secrets) {
      calls.push(secrets.map(hexOf))
      if (failures-- > 0) throw new Error('the disk is away')
    },
  })
  await store.write(writer => writer.insertAccount(scope.accountId, 1))
})
afterEach(() => store.close())

async function insertKey(keyId: string, where = scope): Promise<void> {
  const fixed = { keySpec: 'SYMMETRIC_DEFAULT', keyUsage: 'ENCRYPT_DECRYPT', origin: 'EXTERNAL' } as const
  const key = newKey({ ...where, keyId, ...fixed, createdAt: 0 })
  await store.write(writer => writer.insertKey({ key, policy: '{}', materials: [material] }))
}

test('a public key that stays is not looked for', async () => {
  const keyId = uuid()
  await insertKey(keyId)
  await store.write(writer => writer.putKeyMaterial(scope, keyId, { ...material, keyToken: undefined }))
  assert.deepEqual(calls, [[hexOf(keyToken)]])
})

test('what another member of the key still has is not looked for', async () => {
  const keyId = `mrk-${'0'.repeat(32)}`
  await insertKey(keyId)
  await insertKey(keyId, replicaScope)
  await store.write(writer => writer.deleteKey(replicaScope, keyId))
  assert.deepEqual(calls, [])
  await store.write(writer => writer.deleteKey(scope, keyId))
  assert.deepEqual(calls, [[hexOf(keyToken), hexOf(publicKeyToken)]])
})

test('what could not be looked for is, with the next deletion', async () => {
  const [first, second] = [uuid(), uuid()]
  await insertKey(first)
  await insertKey(second)
  failures = 1
  await store.write(writer => writer.deleteKey(scope, first))
  await store.write(writer => writer.deleteKey(scope, second))
  const tokens = [hexOf(keyToken), hexOf(publicKeyToken)]
  assert.deepEqual(calls, [tokens, [...tokens, ...tokens]])
  assert.deepEqual(marks, [true, true, false])
})

test('a deletion is marked as it is committed, and no more when all that were are looked for', async () => {
  const keyIds = [uuid(), uuid(), uuid()]
  for (const keyId of keyIds) await insertKey(keyId)
  await Promise.all(keyIds.map(keyId => store.write(writer => writer.deleteKey(scope, keyId))))
  assert.equal(marks.filter(mark => mark).length, 3)
  assert.equal(marks.at(-1), false)
})
