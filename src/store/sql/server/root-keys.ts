import type { Kysely, Transaction } from 'kysely'
import { globalDomain } from '../../../domain/index.ts'
import type { RootKeyReader, RootKeyWriter } from '../../contract/server.ts'
import type { Changes } from '../changes.ts'
import type { Schema } from '../schema.ts'

/** The name of the only row. */
const name = 'current'

export class SqlRootKeyReader implements RootKeyReader {
  protected readonly db: Kysely<Schema>

  constructor(db: Kysely<Schema>) {
    this.db = db
  }

  async find(): Promise<string | undefined> {
    const row = await this.db
      .selectFrom('root_keys')
      .select('envelope')
      .where('name', '=', name)
      .executeTakeFirst()
    return row?.envelope
  }
}

export class SqlRootKeyWriter extends SqlRootKeyReader implements RootKeyWriter {
  readonly #changes: Changes

  // Narrows the handle: writing needs a transaction.
  constructor(db: Transaction<Schema>, changes: Changes) {
    super(db)
    this.#changes = changes
  }

  async put(envelope: string): Promise<void> {
    await putEnvelope(this.db, envelope)
    // A database from before a change of the root key must show as the older one.
    this.#changes.touch(globalDomain)
  }
}

/** Inserts or replaces the envelope of the root key. */
export async function putEnvelope(db: Kysely<Schema>, envelope: string): Promise<void> {
  await db
    .insertInto('root_keys')
    .values({ name, envelope })
    .onConflict(conflict => conflict.column('name').doUpdateSet({ envelope }))
    .execute()
}
