import assert from 'node:assert/strict'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { afterEach, beforeEach, describe, test } from 'node:test'
import { Kysely, SqliteDialect } from 'kysely'
import { type KeyMaterial, type KmsKey, newMaterial, newUser, type User } from '../../domain/index.ts'
import { OperatorError } from '../../std/index.ts'
import type { Reader, Store } from '../contract/store.ts'
import { up as makeInitial } from '../sql/migrations/0001-initial.ts'
import { NodeSqlite } from './database.ts'
import { openSqliteStore } from './open.ts'

// A database of each earlier schema, with rows in it, is brought to today's with nothing lost.

const accountId = '000000000000'
const home = { accountId, region: 'us-east-1' }
const abroad = { accountId, region: 'eu-central-1' }
const keyId = '00000000-0000-4000-8000-000000000001'
const pendingId = '00000000-0000-4000-8000-000000000002'
const all = { after: undefined, limit: 100 }
const token = (seed: number) =>
  Buffer.from(Array.from({ length: 89 }, (_, index) => (index * 7 + seed) % 256))

/** Makes a database as the first migration alone left it. */
async function makeAsOf0001(path: string): Promise<void> {
  const db = new Kysely<unknown>({ dialect: new SqliteDialect({ database: new NodeSqlite(path) }) })
  await makeInitial(db, { bytes: 'blob', integer: 'integer' })
  await db.destroy()
  const database = new DatabaseSync(path)
  database.exec(`
    create table "keyward_migrations" ("name" text primary key);
    insert into keyward_migrations values ('0001-initial');
    insert into accounts values ('${accountId}', 1);
    insert into users values ('${accountId}', 'ann', 'AIDA1', 2);
    insert into user_policies values ('${accountId}', 'ann', 'P', '{"Id":"P"}');
    insert into user_policies values ('${accountId}', 'ann', 'A', '{"Id":"A"}');
    insert into users values ('${accountId}', 'ANN', 'AIDA2', 3);
    insert into user_policies values ('${accountId}', 'ANN', 'P', '{"Id":"of another"}');
    insert into users values ('${accountId}', 'Bob', 'AIDA3', 1);
    insert into seed_entries values ('key/1', 'digest');
    insert into audit_outbox values ('event', 3, '{"line":1}');
  `)
  const insertKey = database.prepare(`
    insert into kms_keys (account_id, region, key_id, key_spec, key_usage, origin, key_manager, key_state,
      description, created_at, deletion_at, current_key_material_id, policy)
    values (?, ?, ?, 'SYMMETRIC_DEFAULT', 'ENCRYPT_DECRYPT', 'AWS_KMS', 'CUSTOMER', ?, ?, ?, ?, ?, ?)`)
  const insertMaterial = database.prepare(`
    insert into key_materials (account_id, region, key_id, key_material_id, key_token, created_at)
    values (?, ?, ?, ?, ?, ?)`)
  for (const [index, { key, policy, material }] of rows.entries()) {
    const { region, keyState, description, createdAt, deletionAt = null, currentKeyMaterialId = null } = key
    const ids = [accountId, region, key.keyId]
    insertKey.run(...ids, keyState, description, createdAt, deletionAt, currentKeyMaterialId, policy)
    insertMaterial.run(...ids, material.keyMaterialId, token(index), material.createdAt)
    database
      .prepare(`insert into aliases values (?, ?, ?, ?, 5, 6)`)
      .run(accountId, region, `alias/${index}`, key.keyId)
    database.prepare(`insert into tags values (?, ?, ?, 'tag', ?)`).run(...ids, `value ${index}`)
  }
  database
    .prepare(`insert into access_keys values ('AKIA1', ?, 'ann', ?, 1, 4, null, null)`)
    .run(accountId, token(9))
  database.prepare(`insert into domain_keys values ('id', 'global', ?)`).run(token(8))
  database.close()
}

const rows = [
  keyRow(home, keyId, 'a'),
  keyRow(abroad, keyId, 'b', { keyState: 'Disabled' }),
  keyRow(home, pendingId, 'c', { keyState: 'PendingDeletion', deletionAt: 1000 }),
]

function keyRow(scope: typeof home, id: string, letter: string, changes: Partial<KmsKey> = {}) {
  const keyMaterialId = letter.repeat(64)
  const key: KmsKey = {
    ...scope,
    keyId: id,
    keySpec: 'SYMMETRIC_DEFAULT',
    keyUsage: 'ENCRYPT_DECRYPT',
    origin: 'AWS_KMS',
    keyManager: 'CUSTOMER',
    keyState: 'Enabled',
    transition: undefined,
    description: `ключ ${letter}`,
    createdAt: 1_795_000_000_123,
    deletionAt: undefined,
    pendingWindowDays: undefined,
    currentKeyMaterialId: keyMaterialId,
    primaryRegion: undefined,
    rotation: undefined,
    ...changes,
  }
  const material: Omit<KeyMaterial, 'keyToken'> = {
    keyMaterialId,
    publicKeyToken: undefined,
    createdAt: 1_795_000_000_124,
    pending: undefined,
    rotation: undefined,
    description: undefined,
    expiresAt: undefined,
  }
  return { key, policy: `{"Id":"${letter}"}`, material }
}

describe('a database of the first schema', () => {
  let directory: string
  let path: string
  let store: Store | undefined
  beforeEach(async () => {
    directory = mkdtempSync(join(tmpdir(), 'keyward-migrations-'))
    path = join(directory, 'keyward.db')
    await makeAsOf0001(path)
  })
  afterEach(async () => {
    await store?.close()
    store = undefined
    rmSync(directory, { recursive: true })
  })
  const open = async () => {
    store = await openSqliteStore(path)
    return store
  }

  async function checkRows({ reader }: Store): Promise<void> {
    for (const [index, { key, policy, material }] of rows.entries()) {
      const found = (await reader.findKey(key, key.keyId)) ?? assert.fail(`key ${index} is gone`)
      assert.deepEqual(found.key, key)
      assert.equal(found.policy, policy)
      const [only, ...others] = found.materials
      assert.deepEqual(others, [])
      assert.ok(token(index).equals(only?.keyToken ?? Buffer.alloc(0)))
      assert.deepEqual({ ...only, keyToken: undefined }, { ...material, keyToken: undefined })
      assert.equal((await reader.findAlias(key, `alias/${index}`))?.targetKeyId, key.keyId)
      const { items } = await reader.listTags(key, key.keyId, all)
      assert.deepEqual(
        items.map(tag => ({ ...tag })),
        [{ tagKey: 'tag', tagValue: `value ${index}` }],
      )
    }
    await checkUsers(reader)
    const accessKey = (await reader.findAccessKey('AKIA1')) ?? assert.fail()
    assert.ok(token(9).equals(accessKey.wrappedSecret))
    const { userName, service, isActive, lastUsed } = accessKey
    assert.deepEqual([userName, service, isActive, lastUsed], ['ann', undefined, true, undefined])
    assert.ok(token(8).equals((await reader.listDomainKeys())[0]?.wrapped ?? Buffer.alloc(0)))
    assert.equal(await reader.findSeedDigest('key/1'), 'digest')
    assert.deepEqual(
      (await reader.listAuditOutbox()).map(record => record.line),
      ['{"line":1}'],
    )
  }

  /** Names could differ by case alone: each user is still who it was, and is found by its own name. */
  async function checkUsers(reader: Reader): Promise<void> {
    const of = (id: number, userName: string, createdAt: number, policies: User['policies']) =>
      newUser({ accountId, userName, userId: `AIDA${id}`, createdAt, policies })
    const policy = (name: string, document: string) => ({ name, document })
    const ann = of(1, 'ann', 2, [policy('A', '{"Id":"A"}'), policy('P', '{"Id":"P"}')])
    const other = of(2, 'ANN', 3, [policy('P', '{"Id":"of another"}')])
    const bob = of(3, 'Bob', 1, [])
    for (const user of [ann, other, bob])
      assert.deepEqual(await reader.findUser(accountId, user.userName), user)
    assert.deepEqual(await reader.findUser(accountId, 'Ann'), ann)
    assert.deepEqual(await reader.findUser(accountId, 'BOB'), bob)
    assert.deepEqual((await reader.listUsers(accountId, '/', all)).items, [other, ann, bob])
  }

  test('users whose names differ by case alone stay two when they are written', async () => {
    const { reader } = await open()
    const other = (await reader.findUser(accountId, 'ANN')) ?? assert.fail()
    await store?.write(writer => writer.updateUser({ ...other, path: '/a/' }))
    assert.equal((await reader.findUser(accountId, 'ANN'))?.path, '/a/')
    assert.equal((await reader.findUser(accountId, 'ann'))?.path, '/')
  })

  test('is opened with all that was in it, and then again', async () => {
    await checkRows(await open())
    await store?.close()
    await checkRows(await open())
    const due = await store?.reader.listDueKeys('deletion', 1000, 10)
    assert.deepEqual(
      due?.map(key => key.keyId),
      [pendingId],
    )
    for (const what of ['rotation', 'expiry', 'transition'] as const) {
      assert.deepEqual(await store?.reader.listDueKeys(what, 2 ** 50, 10), [], what)
    }
  })

  test('takes what the new schema has', async () => {
    const opened = await open()
    const { key } = rows[0] ?? assert.fail()
    const changed: KmsKey = {
      ...key,
      currentKeyMaterialId: undefined,
      rotation: { periodDays: 90, nextAt: 5 },
      transition: { keyState: 'Enabled', at: 6 },
      pendingWindowDays: 7,
      primaryRegion: 'us-east-1',
    }
    const wrapped = { keyMaterialId: '0'.repeat(64), keyToken: undefined, publicKeyToken: token(1) }
    await opened.write(async writer => {
      await writer.updateKey(changed)
      await writer.putKeyMaterial(home, keyId, newMaterial(wrapped, 0))
    })
    const found = await opened.reader.findKey(home, keyId)
    assert.deepEqual(found?.key, changed)
    // The new one comes after the one that was there, though its id and date are before.
    assert.deepEqual(
      found?.materials.map(({ keyMaterialId }) => keyMaterialId[0]),
      ['a', '0'],
    )
    assert.equal(found?.materials[1]?.keyToken, undefined)
    await opened.write(writer => writer.deleteKey(home, keyId))
    assert.equal(await opened.reader.countAliases(home, keyId), 0)
    assert.deepEqual((await opened.reader.findKey(abroad, keyId))?.materials.length, 1)
    await assert.rejects(opened.write(writer => writer.insertKey(rowOf(abroad))))
  })

  test('has the schema of a database made new', async () => {
    await (await open()).close()
    store = undefined
    const newPath = join(directory, 'new.db')
    await (await openSqliteStore(newPath)).close()
    assert.deepEqual(schemaOf(path), schemaOf(newPath))
    assert.ok(schemaOf(path).length > 10)
  })

  test('leaves none of its key tokens behind when their keys are deleted', async () => {
    const opened = await open()
    const readFiles = () => ['', '-wal', '-shm'].map(suffix => readFileSync(`${path}${suffix}`))
    const isIn = (part: Buffer) => readFiles().some(bytes => bytes.includes(part))
    assert.ok(isIn(token(0).subarray(0, 40)))
    await opened.write(writer => writer.deleteKey(home, keyId))
    assert.ok(!isIn(token(0).subarray(0, 40)))
    assert.ok(isIn(token(1).subarray(0, 40)))
  })

  test('stays as it was when the migration fails, and is migrated when it can be', async () => {
    const before = schemaOf(path)
    const database = new DatabaseSync(path)
    // The last table that the migration makes is in its way.
    database.exec('create table iam_attachments (stray text)')
    database.close()
    await assert.rejects(
      open(),
      (error: Error) => error instanceof OperatorError && /iam_attachments/.test(error.message),
    )
    const again = new DatabaseSync(path)
    again.exec('drop table iam_attachments')
    assert.deepEqual(again.prepare('select name from keyward_migrations').all().length, 1)
    again.close()
    assert.deepEqual(schemaOf(path), before)
    await checkRows(await open())
  })
})

function rowOf(scope: typeof home) {
  const { key, policy } = keyRow(scope, keyId, 'd')
  return { key, policy, materials: [] }
}

/** The statements that a database's tables and indexes would be made with. */
function schemaOf(path: string): string[] {
  const database = new DatabaseSync(path)
  const found = database.prepare('select type, name, sql from sqlite_schema order by type, name').all()
  database.close()
  return found.map(row => JSON.stringify(row).replaceAll(/\s+/g, ' '))
}
