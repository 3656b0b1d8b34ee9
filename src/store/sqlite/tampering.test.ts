import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync, type SQLInputValue } from 'node:sqlite'
import { afterEach, beforeEach, describe, test } from 'node:test'
import { openTestStore } from '../../../test/fixtures/test-store.ts'
import {
  accessKeyOf,
  all,
  grantOf,
  home,
  keyId,
  keyIdNo,
  recordOf,
  roleOf,
  tag,
  usageOf,
  userOf,
} from '../contract/databases.test.ts'
import { writeEachKind } from '../contract/each-kind.test.ts'
import { DoesNotVerify } from '../index.ts'

// A program that can write the database file must not be able to change what decides. These tests change every column of
// every entity, remove every row, and put earlier rows back.

/** The tables that decide nothing by themselves, or that something other than the MACs of entities protects. */
const otherTables = new Set([
  // The root key seals the domain keys, and a domain key seals the state of a domain.
  'domain_keys',
  // Its check value is in the root key itself, and no wrapped byte opens if it was changed.
  'root_keys',
  // A forged place costs another round: the last scan looks at everything.
  'rewraps',
  'domain_states',
  // Last uses decide nothing.
  'key_usages',
  'iam_role_usages',
  // An index of the `attached` columns, which have the MAC.
  'iam_attachments',
  // Records on their way to the audit log, which is a plain file itself.
  'audit_outbox',
  'keyward_migrations',
])
const otherColumns = new Set([
  'access_keys.last_used_at',
  'access_keys.last_used_service',
  'access_keys.last_used_region',
])

let directory: string
let path: string
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'keyward-tampering-'))
  path = join(directory, 'keyward.db')
})
afterEach(() => rmSync(directory, { recursive: true }))

async function makeDatabase(): Promise<void> {
  const store = await openTestStore(path)
  await store.write(writeEachKind)
  await store.close()
}

/** Changes the database as somebody with a copy of SQLite can, without regard to foreign keys. */
function tamper(change: (database: DatabaseSync) => void): void {
  const database = new DatabaseSync(path, { enableForeignKeyConstraints: false })
  try {
    change(database)
  } finally {
    database.close()
  }
}

type Row = Record<string, SQLInputValue>

function readRows(table: string): Row[] {
  let rows: Row[] = []
  tamper(database => {
    rows = database.prepare(`select rowid as row_number, * from ${table}`).all() as Row[]
  })
  return rows
}

function listTables(): string[] {
  let tables: string[] = []
  tamper(database => {
    const found = database
      .prepare("select name from sqlite_schema where type = 'table' and name not like 'sqlite_%'")
      .all()
    tables = found.map(row => `${row['name']}`)
  })
  return tables
}

/** The faults that the check of the whole database finds. */
async function findFaults(): Promise<string[]> {
  const faults: string[] = []
  const store = await openTestStore(path, error => faults.push(error.message))
  await store.integrity.verify({ fault: text => faults.push(text), progress: () => undefined })
  await store.close()
  return faults
}

function alter(value: SQLInputValue | undefined): SQLInputValue {
  if (value instanceof Uint8Array)
    return Uint8Array.from(value, (byte, index) => (index === 30 ? byte ^ 1 : byte))
  if (typeof value === 'number') return value + 1
  // Without regard to the type: an empty column gets a value, a text one other letter.
  return value === null ? 1 : `${value}`.replace(/.$/, last => (last === 'x' ? 'y' : 'x')) || 'x'
}

describe('a database that was changed outside of Keyward', () => {
  test('shows a change of any column of any entity', async () => {
    await makeDatabase()
    assert.deepEqual(await findFaults(), [])
    let changes = 0
    for (const table of listTables().filter(name => !otherTables.has(name))) {
      const rows = readRows(table)
      assert.ok(rows.length > 0, `${table} has no rows, so this test does not cover it`)
      // Each type of custom key store has columns that are empty for the other type.
      const first = Array.from(Map.groupBy(rows, ({ type }) => type).values(), ([row = {}]) => row)
      const columns = first.flatMap(row =>
        Object.entries(row).map(([column, value]) => ({ row, column, value })),
      )
      for (const { row, column, value } of columns) {
        if (column === 'row_number' || otherColumns.has(`${table}.${column}`)) continue
        const set = (to: SQLInputValue) =>
          tamper(database =>
            database
              .prepare(`update ${table} set ${column} = ? where rowid = ?`)
              .run(to, row['row_number'] ?? 0),
          )
        // The order of the key materials is part of a key, the numbers are not.
        set(table === 'key_materials' && column === 'sequence' ? 9 : alter(value))
        const faults = await findFaults()
        assert.notDeepEqual(faults, [], `${table}.${column} was changed, and nothing shows it`)
        set(value)
        changes++
      }
    }
    assert.ok(changes > 100, `${changes}`)
    assert.deepEqual(await findFaults(), [])
  })

  test('shows that a row was removed', async () => {
    await makeDatabase()
    for (const table of listTables().filter(name => !otherTables.has(name))) {
      for (const { row_number: number = 0, ...row } of readRows(table)) {
        tamper(database => database.prepare(`delete from ${table} where rowid = ?`).run(number))
        assert.notDeepEqual(await findFaults(), [], `a row of ${table} was removed, and nothing shows it`)
        const columns = Object.keys(row)
        const places = columns.map(() => '?').join(', ')
        tamper(database =>
          database
            .prepare(`insert into ${table} (rowid, ${columns.join(', ')}) values (?, ${places})`)
            .run(number, ...Object.values(row)),
        )
      }
    }
    assert.deepEqual(await findFaults(), [])
  })

  test('is refused with a trigger, a view, or a missing index', async () => {
    await makeDatabase()
    const changes: [name: string, make: string, undo: string][] = [
      ['trigger t', 'create trigger t after update on kms_keys begin select 1; end', 'drop trigger t'],
      ['view v', 'create view v as select * from grants', 'drop view v'],
      ['index grants_name', 'drop index grants_name', 'select 1'],
    ]
    for (const [name, make, undo] of changes) {
      tamper(database => database.exec(make))
      const refusal = new RegExp(`its schema was changed outside of Keyward \\(${name}\\)`)
      await assert.rejects(openTestStore(path), refusal)
      tamper(database => database.exec(undo))
    }
  })

  test('shows that a grant came back which was retired', async () => {
    await makeDatabase()
    const [grant = {}] = readRows('grants')
    const store = await openTestStore(path)
    await store.write(writer => writer.grants.delete(grantOf(home, 1)))
    await store.close()
    assert.deepEqual(await findFaults(), [])
    const { row_number: _, ...row } = grant
    const columns = Object.keys(row)
    tamper(database =>
      database
        .prepare(`insert into grants (${columns.join(', ')}) values (${columns.map(() => '?').join(', ')})`)
        .run(...Object.values(row)),
    )
    assert.match((await findFaults()).join(), /us-east-1 does not verify: entities were added/)
  })

  // Both rows together would leave an exclusive or of all MACs as it was.
  test('shows at the start that a grant came back together with a second row with its MAC', async () => {
    await makeDatabase()
    tamper(database => database.exec('create table kept as select * from grants'))
    const store = await openTestStore(path)
    await store.write(writer => writer.grants.delete(grantOf(home, 1)))
    await store.close()
    tamper(database =>
      database.exec(`
        insert into grants select * from kept;
        insert into key_policy_principals (account_id, region, key_id, principal, mac)
          select account_id, region, key_id, 'x', mac from kept`),
    )
    const again = await openTestStore(path)
    assert.deepEqual(await again.integrity.findAlteredDomains(), ['us-east-1'])
    await again.close()
  })

  test('shows that rows of entities are their own earlier ones', async () => {
    await makeDatabase()
    const before = readRows('kms_keys')
    const store = await openTestStore(path)
    await store.write(writer => writer.keys.setPolicy(home, keyId, '{"Statement":[{"Effect":"Deny"}]}'))
    await store.close()
    assert.deepEqual(await findFaults(), [])
    const [row = {}] = before
    tamper(database =>
      database
        .prepare('update kms_keys set policy = ?, mac = ? where rowid = ?')
        .run(row['policy'] ?? '', row['mac'] ?? '', row['row_number'] ?? 0),
    )
    assert.match((await findFaults()).join(), /us-east-1 does not verify/)
  })

  test('is refused entity by entity, and no write makes it right', async () => {
    await makeDatabase()
    tamper(database => {
      database.exec(`update kms_keys set policy = '{"Statement":[1]}' where key_id = '${keyId}'`)
      database.exec("update tags set tag_value = 'blue'; update aliases set target_key_id = 'x'")
      database.exec("update users set attached = '[]'; update access_keys set is_active = 0")
      database.exec(
        "update grants set operations = '[\"Encrypt\"]'; update iam_roles set trust_policy = '[]'",
      )
    })
    const left: string[] = []
    const store = await openTestStore(path, error => left.push(error.entity))
    const { reader } = store
    const doesNotVerify = (entity: RegExp) => (error: unknown) =>
      error instanceof DoesNotVerify && entity.test(error.message) && / does not verify/.test(error.message)
    await assert.rejects(
      reader.keys.find(home, keyId),
      doesNotVerify(/^KMS key arn:aws:kms:us-east-1:0+:key\/0/),
    )
    await assert.rejects(reader.keys.findLabels(home, keyId), doesNotVerify(/^tags and aliases of KMS key/))
    await assert.rejects(
      reader.aliases.find(home, 'alias/a'),
      doesNotVerify(/^alias arn:aws:kms:us-east-1:0+:alias\/a /),
    )
    await assert.rejects(
      reader.users.find(home.accountId, 'ann'),
      doesNotVerify(/^user arn:aws:iam::0+:user\/ann /),
    )
    await assert.rejects(reader.accessKeys.find('AKIA1'), doesNotVerify(/^access key AKIA1/))
    await assert.rejects(
      reader.roles.find(home.accountId, 'reader'),
      doesNotVerify(/^role arn:aws:iam::0+:role\/reader /),
    )
    assert.deepEqual((await reader.grants.list(home, keyId, {}, all)).items, [])
    assert.deepEqual(
      (await reader.users.list(home.accountId, '/', all)).items.map(user => user.userName),
      ['bob'],
    )
    assert.deepEqual(
      left.map(entity => entity.split(' ')[0]),
      ['grant', 'user'],
    )
    const changes = [
      store.write(writer => writer.keys.setPolicy(home, keyId, '{}')),
      store.write(writer => writer.tags.put(home, keyId, [tag('new')])),
      store.write(writer => writer.users.update(userOf('ann'))),
      store.write(writer => writer.roles.update(roleOf('reader'))),
      store.write(writer => writer.accessKeys.update(accessKeyOf('AKIA1', { userName: 'ann' }))),
    ]
    for (const change of changes) await assert.rejects(change, DoesNotVerify)
    await store.close()
  })
  test('has keys that are due behind those that do not verify', async () => {
    const store = await openTestStore(path, () => undefined)
    await store.write(async writer => {
      await writer.accounts.insert(home.accountId, 1)
      for (const number of [1, 2, 3])
        await writer.keys.insert(
          recordOf(home, keyIdNo(number), { keyState: 'PendingDeletion', deletionAt: number }),
        )
    })
    tamper(database => database.exec("update kms_keys set description = 'other' where deletion_at < 3"))
    const due = await store.reader.keys.listDue('deletion', 9, 1)
    assert.deepEqual(
      due.map(key => key.keyId),
      [keyIdNo(3)],
    )
    await store.close()
  })
  test('gets the last uses of all keys, those that do not verify too', async () => {
    await makeDatabase()
    const store = await openTestStore(path)
    tamper(database => database.exec(`update kms_keys set policy = '[]' where key_id = '${keyId}'`))
    const uses = [usageOf(home), usageOf(home, { keyId: keyIdNo(2) })]
    await store.write(writer => writer.keys.putUsages(uses))
    assert.equal((await store.reader.keys.findUsage(home, keyIdNo(2)))?.keyId, keyIdNo(2))
    await store.close()
  })
})
