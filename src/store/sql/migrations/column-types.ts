import type { ColumnDataType } from 'kysely'

/** The two column types whose names differ between databases. */
export interface ColumnTypes {
  readonly bytes: ColumnDataType
  /** Integers of 64 bits. */
  readonly integer: ColumnDataType
}
