import type { Kysely, Transaction } from 'kysely'
import type { RootKeyReader, RootKeyWriter } from '../../contract/server.ts'
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
  // Narrows the handle: writing needs a transaction.
  constructor(db: Transaction<Schema>) {
    super(db)
  }

  async put(envelope: string): Promise<void> {
    await this.db
      .insertInto('root_keys')
      .values({ name, envelope })
      .onConflict(conflict => conflict.column('name').doUpdateSet({ envelope }))
      .execute()
  }
}
