import type { Transaction } from 'kysely'
import type { Changes } from '../changes.ts'
import { renewUserMac } from '../identities/user-macs.ts'
import { renewKeyMac } from '../keys/key-macs.ts'
import { renewLabelsMac } from '../keys/labels.ts'
import type { Schema } from '../schema.ts'
import { isRow, keyTable, pagesOf, rowTables, userTable } from './entity-tables.ts'

/**
 * Makes the MACs of all entities that have none, as they are now. Only the upgrade of a database from before MACs does
 * this: nothing else may turn an entity without a right MAC into one with it.
 */
export async function makeMissingMacs(db: Transaction<Schema>, changes: Changes): Promise<void> {
  for (const table of rowTables) {
    for await (const rows of pagesOf(db, table)) {
      for (const row of rows.filter(({ mac }) => mac === null)) {
        const { mac } = changes.inserted(table.rows, row)
        await db.updateTable(table.table).set({ mac }).where(isRow(table, row)).execute()
      }
    }
  }
  for await (const rows of pagesOf(db, keyTable)) {
    for (const row of rows) {
      const scope = { accountId: `${row['account_id']}`, region: `${row['region']}` }
      const keyId = `${row['key_id']}`
      if (row.mac === null) await renewKeyMac(db, changes, scope, keyId, undefined)
      if (row['labels_mac'] === null) await renewLabelsMac(db, changes, scope, keyId, undefined)
    }
  }
  for await (const rows of pagesOf(db, userTable))
    for (const row of rows)
      if (row.mac === null) await renewUserMac(db, changes, `${row['user_id']}`, undefined)
}
