import type { Kysely, Transaction } from 'kysely'
import type { Millis } from '../../../std/index.ts'
import type { AccountReader, AccountWriter } from '../../contract/server.ts'
import type { Schema } from '../schema.ts'

export class SqlAccountReader implements AccountReader {
  protected readonly db: Kysely<Schema>

  constructor(db: Kysely<Schema>) {
    this.db = db
  }

  async has(accountId: string): Promise<boolean> {
    const row = await this.db
      .selectFrom('accounts')
      .select('account_id')
      .where('account_id', '=', accountId)
      .executeTakeFirst()
    return row !== undefined
  }

  async listIds(): Promise<string[]> {
    const rows = await this.db
      .selectFrom('accounts')
      .select('account_id')
      .orderBy('created_at')
      .orderBy('account_id')
      .execute()
    return rows.map(row => row.account_id)
  }
}

export class SqlAccountWriter extends SqlAccountReader implements AccountWriter {
  // Narrows the handle: writing needs a transaction.
  constructor(db: Transaction<Schema>) {
    super(db)
  }

  async insert(accountId: string, createdAt: Millis): Promise<void> {
    await this.db.insertInto('accounts').values({ account_id: accountId, created_at: createdAt }).execute()
  }
}
