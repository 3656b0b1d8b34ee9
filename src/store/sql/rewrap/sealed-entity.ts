import type { Kysely, Transaction } from 'kysely'
import type { Authenticator } from '../../../domain/index.ts'
import type { AnyRow, EntityTable } from '../authenticity/entity-tables.ts'
import type { AuthenticEntity } from '../authenticity/macs.ts'
import type { Changes } from '../changes.ts'
import type { Schema } from '../schema.ts'

/** An entity with everything of it that names a domain key. */
export interface SealedEntity {
  readonly entity: AuthenticEntity
  readonly macColumn: 'mac' | 'labels_mac'
  readonly mac: Uint8Array | null
  readonly tokens: readonly Uint8Array[]
  /** Re-wraps the tokens. Throws Error for a token that does not open. */
  rewrap(authenticator: Authenticator): RewrappedEntity
}

/** An entity with new tokens. */
export interface RewrappedEntity {
  readonly entity: AuthenticEntity
  /** The columns of the row of its MAC that change with it. */
  readonly columns: Readonly<Record<string, Uint8Array>>
  /** Writes to other tables. */
  write(db: Transaction<Schema>): Promise<void>
}

/** A row with the entities whose MACs it has. */
export interface SealedRow {
  readonly row: AnyRow
  readonly entities: readonly SealedEntity[]
  /** Records the changes that caches must see. */
  note(changes: Changes): void
}

/** A table as re-wrapping goes through it. */
export interface SealedTable extends EntityTable {
  /** The columns of the table itself that name domain keys. */
  readonly columns: readonly string[]
  read(db: Kysely<Schema>, rows: readonly AnyRow[]): Promise<SealedRow[]>
}

/** Returns an entity that has no tokens. */
export const withoutTokens = (
  entity: AuthenticEntity,
  macColumn: SealedEntity['macColumn'],
  mac: Uint8Array | null,
): SealedEntity => ({
  ...{ entity, macColumn, mac, tokens: [] },
  rewrap: () => ({ entity, columns: {}, write: nothing }),
})

/** There is nothing to write. */
export const nothing = () => Promise.resolve()
