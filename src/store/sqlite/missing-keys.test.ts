import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { test } from 'node:test'
import { openTestStore } from '../../../test/fixtures/test-store.ts'
import { accessKeyOf, home } from '../contract/databases.test.ts'

// In SQLite a primary key can be empty, and such rows sort before all others.

test('rows without a primary key hide no other rows from the checks', async t => {
  const directory = mkdtempSync(join(tmpdir(), 'keyward-missing-keys-'))
  t.after(() => rmSync(directory, { recursive: true }))
  const path = join(directory, 'keyward.db')
  const store = await openTestStore(path)
  await store.write(async writer => {
    await writer.accounts.insert(home.accountId, 1)
    await writer.accessKeys.insert(accessKeyOf('AKIA1'))
    await writer.accessKeys.insert(accessKeyOf('AKIA2'))
  })
  const database = new DatabaseSync(path)
  database.exec("create table kept as select * from access_keys where access_key_id = 'AKIA2'")
  await store.write(writer => writer.accessKeys.delete(accessKeyOf('AKIA2')))
  await store.close()
  // A whole page of these rows, one of which has the MAC of the access key that stays.
  database.exec(`
    create table junk as select * from access_keys;
    update junk set access_key_id = null;
    insert into access_keys select * from junk;
    update junk set mac = null;
    with recursive c(n) as (select 1 union all select n + 1 from c where n < 600)
      insert into access_keys select junk.* from junk, c;
    insert into access_keys select * from kept`)
  database.close()
  const again = await openTestStore(path)
  assert.deepEqual(await again.integrity.findAlteredDomains(), ['global'])
  const faults: string[] = []
  await again.integrity.verify({ fault: text => faults.push(text), progress: () => undefined })
  assert.equal(faults[0], 'The database does not verify: 601 rows have no primary key')
  await again.close()
})
