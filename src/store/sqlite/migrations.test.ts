import assert from 'node:assert/strict'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { afterEach, beforeEach, describe, test } from 'node:test'
import { Kysely, SqliteDialect } from 'kysely'
import { openOldTestStore, openTestStore } from '../../../test/fixtures/test-store.ts'
import {
  type KeyMaterial,
  type KmsKey,
  newMaterial,
  newUser,
  type User,
  userArn,
} from '../../domain/index.ts'
import { OperatorError } from '../../std/index.ts'
import type { Reader, Store } from '../contract/store.ts'
import { up as makeInitial } from '../sql/migrations/0001-initial.ts'
import { NodeSqlite } from './database.ts'

// A database of each earlier schema, with rows in it, is migrated to today's schema without any loss.

const accountId = '000000000000'
const home = { accountId, region: 'us-east-1' }
const abroad = { accountId, region: 'eu-central-1' }
const keyId = '00000000-0000-4000-8000-000000000001'
const pendingId = '00000000-0000-4000-8000-000000000002'
const all = { after: undefined, limit: 100 }
const token = (seed: number) =>
  Buffer.from(Array.from({ length: 89 }, (_, index) => (index === 0 ? 0 : (index * 7 + seed) % 256)))

/** Makes a database in the state after the first migration alone. */
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
    externalKey: undefined,
    clusterKey: undefined,
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
    store = await openOldTestStore(path)
    return store
  }

  async function checkRows({ reader }: Store): Promise<void> {
    for (const [index, { key, policy, material }] of rows.entries()) {
      const found = (await reader.keys.find(key, key.keyId)) ?? assert.fail(`key ${index} is gone`)
      assert.deepEqual(found.key, key)
      assert.equal(found.policy, policy)
      const [only, ...others] = found.materials
      assert.deepEqual(others, [])
      assert.ok(token(index).equals(only?.keyToken ?? Buffer.alloc(0)))
      assert.deepEqual({ ...only, keyToken: undefined }, { ...material, keyToken: undefined })
      assert.equal((await reader.aliases.find(key, `alias/${index}`))?.targetKeyId, key.keyId)
      const { items } = await reader.tags.list(key, key.keyId, all)
      assert.deepEqual(
        items.map(tag => ({ ...tag })),
        [{ tagKey: 'tag', tagValue: `value ${index}` }],
      )
    }
    await checkUsers(reader)
    const accessKey = (await reader.accessKeys.find('AKIA1')) ?? assert.fail()
    assert.ok(token(9).equals(accessKey.wrappedSecret))
    const { userName, service, isActive, lastUsed } = accessKey
    assert.deepEqual([userName, service, isActive, lastUsed], ['ann', undefined, true, undefined])
    assert.ok(token(8).equals((await reader.domainKeys.list())[0]?.wrapped ?? Buffer.alloc(0)))
    assert.equal(await reader.seedEntries.findDigest('key/1'), 'digest')
    assert.deepEqual(
      (await reader.outbox.list()).map(record => record.line),
      ['{"line":1}'],
    )
  }

  /** Names could differ by case alone: each user is still the same user, and is found by its own name. */
  async function checkUsers(reader: Reader): Promise<void> {
    const of = (id: number, userName: string, createdAt: number, policies: User['policies']) =>
      newUser({ accountId, userName, userId: `AIDA${id}`, createdAt, policies })
    const policy = (name: string, document: string) => ({ name, document })
    const ann = of(1, 'ann', 2, [policy('A', '{"Id":"A"}'), policy('P', '{"Id":"P"}')])
    const other = of(2, 'ANN', 3, [policy('P', '{"Id":"of another"}')])
    const bob = of(3, 'Bob', 1, [])
    for (const user of [ann, other, bob])
      assert.deepEqual(await reader.users.find(accountId, user.userName), user)
    assert.deepEqual(await reader.users.find(accountId, 'Ann'), ann)
    assert.deepEqual(await reader.users.find(accountId, 'BOB'), bob)
    assert.deepEqual((await reader.users.list(accountId, '/', all)).items, [other, ann, bob])
  }

  test('a policy from before the migration names a deleted user by its id', async () => {
    const policy = JSON.stringify({ Statement: [{ Principal: { AWS: userArn(accountId, 'Bob') } }] })
    const database = new DatabaseSync(path)
    database.prepare('update kms_keys set policy = ? where region = ?').run(policy, home.region)
    database.close()
    const opened = await open()
    const bob = (await opened.reader.users.find(accountId, 'Bob')) ?? assert.fail()
    await opened.write(writer => writer.users.delete(bob))
    const found = await opened.reader.keys.find(home, keyId)
    assert.deepEqual(JSON.parse(found?.policy ?? ''), { Statement: [{ Principal: { AWS: bob.userId } }] })
  })

  test('users whose names differ by case alone stay two users after an update', async () => {
    const { reader } = await open()
    const other = (await reader.users.find(accountId, 'ANN')) ?? assert.fail()
    await store?.write(writer => writer.users.update({ ...other, path: '/a/' }))
    assert.equal((await reader.users.find(accountId, 'ANN'))?.path, '/a/')
    assert.equal((await reader.users.find(accountId, 'ann'))?.path, '/')
  })

  test('it is opened with all its rows, and opened again', async () => {
    await checkRows(await open())
    await store?.close()
    await checkRows(await open())
    const due = await store?.reader.keys.listDue('deletion', 1000, 10)
    assert.deepEqual(
      due?.map(key => key.keyId),
      [pendingId],
    )
    for (const what of ['rotation', 'expiry', 'transition'] as const) {
      assert.deepEqual(await store?.reader.keys.listDue(what, 2 ** 50, 10), [], what)
    }
  })

  test('it stores everything that the new schema has', async () => {
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
      await writer.keys.update(changed)
      await writer.keys.putMaterial(home, keyId, newMaterial(wrapped, 0))
    })
    const found = await opened.reader.keys.find(home, keyId)
    assert.deepEqual(found?.key, changed)
    // The new key material comes after the existing one, although its id and date are lower.
    assert.deepEqual(
      found?.materials.map(({ keyMaterialId }) => keyMaterialId[0]),
      ['a', '0'],
    )
    assert.equal(found?.materials[1]?.keyToken, undefined)
    await opened.write(writer => writer.keys.delete(home, keyId))
    assert.equal(await opened.reader.aliases.count(home, keyId), 0)
    assert.deepEqual((await opened.reader.keys.find(abroad, keyId))?.materials.length, 1)
    await assert.rejects(opened.write(writer => writer.keys.insert(rowOf(abroad))))
  })

  test('it has the same schema as a new database', async () => {
    await (await open()).close()
    store = undefined
    const newPath = join(directory, 'new.db')
    await (await openTestStore(newPath)).close()
    assert.deepEqual(schemaOf(path), schemaOf(newPath))
    assert.ok(schemaOf(path).length > 10)
  })

  test('its key tokens are erased when their keys are deleted', async () => {
    const opened = await open()
    const readFiles = () => ['', '-wal', '-shm'].map(suffix => readFileSync(`${path}${suffix}`))
    const isIn = (part: Buffer) => readFiles().some(bytes => bytes.includes(part))
    assert.ok(isIn(token(0).subarray(0, 40)))
    await opened.write(writer => writer.keys.delete(home, keyId))
    assert.ok(!isIn(token(0).subarray(0, 40)))
    assert.ok(isIn(token(1).subarray(0, 40)))
  })

  test('it stays unchanged when the migration fails, and is migrated once that is possible', async () => {
    const before = schemaOf(path)
    const database = new DatabaseSync(path)
    // The migration fails at its last table, which already exists.
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

/** Returns the statements that create the tables and indexes of a database. */
function schemaOf(path: string): string[] {
  const database = new DatabaseSync(path)
  const found = database.prepare('select type, name, sql from sqlite_schema order by type, name').all()
  database.close()
  return found.map(row => JSON.stringify(row).replaceAll(/\s+/g, ' '))
}
