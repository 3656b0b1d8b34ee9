import type { Kysely, Transaction } from 'kysely'
import type { Millis } from '../../../std/index.ts'
import type { AccountReader, AccountWriter } from '../../contract/server.ts'
import type { Macs } from '../authenticity/macs.ts'
import type { Changes } from '../changes.ts'
import type { Schema } from '../schema.ts'
import { accountRows } from './rows.ts'

export class SqlAccountReader implements AccountReader {
  protected readonly db: Kysely<Schema>
  readonly #macs: Macs

  constructor(db: Kysely<Schema>, macs: Macs) {
    this.db = db
    this.#macs = macs
  }

  async has(accountId: string): Promise<boolean> {
    const row = await this.db
      .selectFrom('accounts')
      .selectAll()
      .where('account_id', '=', accountId)
      .executeTakeFirst()
    return row !== undefined && this.#macs.read(accountRows, row) === accountId
  }

  async listIds(): Promise<string[]> {
    const rows = await this.db
      .selectFrom('accounts')
      .selectAll()
      .orderBy('created_at')
      .orderBy('account_id')
      .execute()
    return this.#macs.readAll(accountRows, rows)
  }
}

export class SqlAccountWriter extends SqlAccountReader implements AccountWriter {
  readonly #changes: Changes

  constructor(db: Transaction<Schema>, changes: Changes) {
    super(db, changes.macs)
    this.#changes = changes
  }

  async insert(accountId: string, createdAt: Millis): Promise<void> {
    const row = { account_id: accountId, created_at: createdAt }
    await this.db.insertInto('accounts').values(this.#changes.inserted(accountRows, row)).execute()
  }
}
