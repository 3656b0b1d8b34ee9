import type { Kysely, Transaction } from 'kysely'
import type { SeedEntryReader, SeedEntryWriter } from '../../contract/server.ts'
import type { Schema } from '../schema.ts'

export class SqlSeedEntryReader implements SeedEntryReader {
  protected readonly db: Kysely<Schema>

  constructor(db: Kysely<Schema>) {
    this.db = db
  }

  async findDigest(entry: string): Promise<string | undefined> {
    const row = await this.db
      .selectFrom('seed_entries')
      .select('digest')
      .where('entry', '=', entry)
      .executeTakeFirst()
    return row?.digest
  }
}

export class SqlSeedEntryWriter extends SqlSeedEntryReader implements SeedEntryWriter {
  // Narrows the handle: writing needs a transaction.
  constructor(db: Transaction<Schema>) {
    super(db)
  }

  async putDigest(entry: string, digest: string): Promise<void> {
    await this.db
      .insertInto('seed_entries')
      .values({ entry, digest })
      .onConflict(conflict => conflict.column('entry').doUpdateSet({ digest }))
      .execute()
  }
}
