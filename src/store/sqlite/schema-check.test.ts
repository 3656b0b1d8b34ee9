import assert from 'node:assert/strict'
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
