import { keyTable, rowTables, userTable } from '../authenticity/entity-tables.ts'
import type { SealedTable } from './sealed-entity.ts'
import { readSealedKeys } from './sealed-keys.ts'
import { readSealedUsers, sealedRowTable } from './sealed-rows.ts'

/** The tables of all entities, in the order in which a re-wrapping goes through them. */
export const sealedTables: readonly SealedTable[] = [
  ...rowTables.map(sealedRowTable),
  { ...userTable, columns: ['mac'], read: readSealedUsers },
  { ...keyTable, columns: ['mac', 'labels_mac'], read: readSealedKeys },
]
