import type { Kysely } from 'kysely'
import type { VerificationReport } from '../../contract/integrity.ts'
import { openUser, readUsers } from '../identities/user-queries.ts'
import { labelsEntity, readLabels } from '../keys/labels.ts'
import { keyEntity } from '../keys/rows.ts'
import { readKey } from '../keys/stored-keys.ts'
import type { Schema } from '../schema.ts'
import { type AnyRow, keyTable, pagesOf, rowTables, userTable } from './entity-tables.ts'
import type { Macs } from './macs.ts'

/** Checks the MAC of every entity, and reports each that does not verify. Returns the number of entities. */
export async function verifyEntities(
  db: Kysely<Schema>,
  macs: Macs,
  report: VerificationReport,
): Promise<number> {
  const total = await countEntities(db)
  let checked = 0
  const checkPage = async (rows: readonly AnyRow[], check: (row: AnyRow) => Promise<void> | void) => {
    for (const row of rows) {
      try {
        await check(row)
      } catch (error) {
        report.fault((error as Error).message)
      }
    }
    checked += rows.length
    report.progress(checked, total)
  }
  for (const table of rowTables)
    for await (const rows of pagesOf(db, table))
      await checkPage(rows, row => macs.check(table.rows.toAuthentic(row), row.mac))
  for await (const rows of pagesOf(db, userTable)) await checkPage(rows, row => checkUser(db, macs, row))
  for await (const rows of pagesOf(db, keyTable))
    await checkPage(rows, row => checkKey(db, macs, row, report))
  if (checked !== total)
    report.fault(`The database does not verify: ${total - checked} rows have no primary key`)
  return total
}

async function countEntities(db: Kysely<Schema>): Promise<number> {
  let count = 0
  for (const { table } of [...rowTables, userTable, keyTable]) {
    const row = await db
      .selectFrom(table)
      .select(eb => eb.fn.countAll().as('count'))
      .executeTakeFirstOrThrow()
    count += Number(row.count)
  }
  return count
}

async function checkUser(db: Kysely<Schema>, macs: Macs, row: AnyRow): Promise<void> {
  const query = db.selectFrom('users').selectAll().where('user_id', '=', `${row['user_id']}`)
  for (const stored of await readUsers(db, query)) openUser(macs, stored)
}

/** Checks a key and its labels, which have MACs of their own. */
async function checkKey(
  db: Kysely<Schema>,
  macs: Macs,
  row: AnyRow,
  report: VerificationReport,
): Promise<void> {
  const scope = { accountId: `${row['account_id']}`, region: `${row['region']}` }
  const keyId = `${row['key_id']}`
  const labels = await readLabels(db, scope, keyId)
  if (labels !== undefined) {
    try {
      macs.check(labelsEntity(scope, keyId, labels.labels), labels.mac)
    } catch (error) {
      report.fault((error as Error).message)
    }
  }
  const stored = await readKey(db, scope, keyId)
  if (stored !== undefined) macs.check(keyEntity(stored.record), stored.mac)
}
