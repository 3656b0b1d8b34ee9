import type { ColumnTypes } from '../sql/migrations/column-types.ts'

/** The column types of SQLite. */
export const sqliteTypes: ColumnTypes = { bytes: 'blob', integer: 'integer' }
