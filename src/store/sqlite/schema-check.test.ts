import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { afterEach, beforeEach, test } from 'node:test'
import { openTestStore } from '../../../test/fixtures/test-store.ts'
import { OperatorError } from '../../std/index.ts'
import { NodeSqlite } from './database.ts'
import { digestSchema, schemaDigest } from './schema-check.ts'

let directory: string
let path: string
beforeEach(async () => {
  directory = mkdtempSync(join(tmpdir(), 'keyward-schema-'))
  path = join(directory, 'keyward.db')
  await (await openTestStore(path)).close()
})
afterEach(() => rmSync(directory, { recursive: true }))

function change(sql: string): void {
  const database = new DatabaseSync(path)
  database.exec(sql)
  database.close()
}

// These change what is read without a change of any row, or hide a MAC where it is counted.
const changes: Record<string, string> = {
  'trigger t': 'create trigger t after delete on access_keys begin delete from grants; end',
  'view access_keys':
    'alter table access_keys rename to kept; create view access_keys as select * from kept where unixepoch() > 9',
  'table access_keys': 'alter table access_keys add column labels_mac',
  'index users_name_key': 'drop index users_name_key',
  'table grants': 'alter table grants add column g as (1)',
}

for (const [fault, sql] of Object.entries(changes)) {
  test(`a database with a changed schema is refused: ${sql}`, async () => {
    change(sql)
    await assert.rejects(
      openTestStore(path),
      (error: unknown) =>
        error instanceof OperatorError &&
        error.message.startsWith(`The database ${path} does not verify: its schema was changed outside`) &&
        error.message.includes(fault),
    )
  })
}

// Each of these would run for ever in the first statement that reads or writes a row.
const endless = 'with recursive c(x) as (select 1 union all select x + 1 from c) select'
const hostile: Record<string, string> = {
  'trigger t': `create trigger t after insert on keyward_migrations begin select count(*) from (${endless} x from c); end`,
  'view keyward_migrations': `alter table keyward_migrations rename to kept; create view keyward_migrations as ${endless} 'x' || x as name from c`,
  'view pragma_table_xinfo': `create view pragma_table_xinfo as ${endless} x as hidden from c`,
  'table keyward_migrations': `alter table keyward_migrations rename to kept; create view endless as ${endless} x as rowid, 'x' as name from c; create virtual table keyward_migrations using fts5(name, content=endless)`,
}

for (const [fault, sql] of Object.entries(hostile)) {
  test(`a database whose own SQL has no end is refused before it runs: ${fault}`, () => {
    change(`delete from keyward_migrations where name > '0008'; ${sql}`)
    // A statement that does not end blocks its whole process.
    const program = `
      const { openSqliteStore, inspectDatabase, examineDatabase } = await import(${JSON.stringify(join(import.meta.dirname, '../index.ts'))})
      const path = ${JSON.stringify(path)}
      for (const open of [inspectDatabase, examineDatabase, openSqliteStore])
        try {
          await open(path)
          console.log('opened')
        } catch (error) {
          console.log(error.message)
        }`
    const { stdout, signal } = spawnSync(process.execPath, ['--input-type=module', '-e', program], {
      ...{ timeout: 10_000, killSignal: 'SIGKILL', encoding: 'utf8' },
    })
    assert.equal(signal, null, 'it runs without end')
    const lines = stdout.trim().split('\n')
    assert.equal(lines.length, 3)
    for (const line of lines) {
      assert.match(line, /its schema was changed outside of Keyward/)
      assert.ok(line.includes(fault), line)
    }
  })
}

test('a table that Keyward does not know is no obstacle', async () => {
  change('create table notes (text); insert into notes values (1)')
  await (await openTestStore(path)).close()
})

test('the digest that starts compare is that of the schema which the migrations make', () => {
  const database = new NodeSqlite(path)
  const digest = digestSchema(database)
  database.close()
  assert.equal(schemaDigest, digest, 'schemaDigest must be the digest of the new schema')
})
