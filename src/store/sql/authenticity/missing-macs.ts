import type { Transaction } from 'kysely'
import type { Changes } from '../changes.ts'
import { putKeyPrincipals, putTrustPrincipals } from '../identities/policy-principals.ts'
import { userParts } from '../identities/user-macs.ts'
import { keyParts, labelsParts } from '../keys/key-macs.ts'
import type { Schema } from '../schema.ts'
import { renewMac } from './changed-entities.ts'
import { isRow, keyTable, pagesOf, roleTable, rowTables, userTable } from './entity-tables.ts'

/**
 * Makes the MACs of all entities that have none, as they are now, and the tables of the principals in policies, which came
 * with the MACs. Only the upgrade of a database from before MACs does this: nothing else may turn an entity without a right
 * MAC into one with it.
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
  for await (const rows of pagesOf(db, roleTable))
    for (const row of rows)
      await putTrustPrincipals(db, changes, `${row['role_id']}`, `${row['trust_policy']}`)
  for await (const rows of pagesOf(db, keyTable)) {
    for (const row of rows) {
      const scope = { accountId: `${row['account_id']}`, region: `${row['region']}` }
      const keyId = `${row['key_id']}`
      await putKeyPrincipals(db, changes, scope, keyId, `${row['policy']}`)
      if (row.mac === null) await renewMac(changes, keyParts(db, scope, keyId))
      if (row['labels_mac'] === null) await renewMac(changes, labelsParts(db, scope, keyId))
    }
  }
  for await (const rows of pagesOf(db, userTable))
    for (const row of rows) if (row.mac === null) await renewMac(changes, userParts(db, `${row['user_id']}`))
}
