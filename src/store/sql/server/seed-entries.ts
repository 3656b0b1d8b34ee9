import type { Kysely, Transaction } from 'kysely'
import { globalDomain } from '../../../domain/index.ts'
import type { SeedEntryReader, SeedEntryWriter } from '../../contract/server.ts'
import type { Macs } from '../authenticity/macs.ts'
import type { Changes } from '../changes.ts'
import type { Schema } from '../schema.ts'
import { seedEntryRows } from './rows.ts'

export class SqlSeedEntryReader implements SeedEntryReader {
  protected readonly db: Kysely<Schema>
  readonly #macs: Macs

  constructor(db: Kysely<Schema>, macs: Macs) {
    this.db = db
    this.#macs = macs
  }

  async findDigest(entry: string): Promise<string | undefined> {
    const row = await this.db
      .selectFrom('seed_entries')
      .selectAll()
      .where('entry', '=', entry)
      .executeTakeFirst()
    return row && this.#macs.read(seedEntryRows, row)
  }
}

export class SqlSeedEntryWriter extends SqlSeedEntryReader implements SeedEntryWriter {
  readonly #changes: Changes

  constructor(db: Transaction<Schema>, changes: Changes) {
    super(db, changes.macs)
    this.#changes = changes
  }

  async putDigest(entry: string, digest: string): Promise<void> {
    const removed = await this.db
      .deleteFrom('seed_entries')
      .where('entry', '=', entry)
      .returning('mac')
      .execute()
    this.#changes.removed(globalDomain, removed)
    await this.db
      .insertInto('seed_entries')
      .values(this.#changes.inserted(seedEntryRows, { entry, digest }))
      .execute()
  }
}
