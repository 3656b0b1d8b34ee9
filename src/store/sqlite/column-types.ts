import type { ColumnTypes } from '../sql/migrations/column-types.ts'

/** SQLite's names of the types of columns. */
export const columnTypes: ColumnTypes = { bytes: 'blob', integer: 'integer' }
