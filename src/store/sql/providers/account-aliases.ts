import type { Kysely } from 'kysely'
import type { AccountAlias } from '../../../domain/index.ts'
import type { AccountAliasReader, AccountAliasWriter } from '../../contract/providers.ts'
import type { Schema } from '../schema.ts'
import { fromAccountAlias, toAccountAlias } from './rows.ts'

export class SqlAccountAliasReader implements AccountAliasReader {
  protected readonly db: Kysely<Schema>

  constructor(db: Kysely<Schema>) {
    this.db = db
  }

  async find(alias: string): Promise<AccountAlias | undefined> {
    const row = await this.db
      .selectFrom('account_aliases')
      .selectAll()
      .where('alias', '=', alias)
      .executeTakeFirst()
    return row && toAccountAlias(row)
  }

  async findOfAccount(accountId: string): Promise<AccountAlias | undefined> {
    const row = await this.db
      .selectFrom('account_aliases')
      .selectAll()
      .where('account_id', '=', accountId)
      .executeTakeFirst()
    return row && toAccountAlias(row)
  }
}

export class SqlAccountAliasWriter extends SqlAccountAliasReader implements AccountAliasWriter {
  async put(alias: AccountAlias): Promise<void> {
    await this.db.deleteFrom('account_aliases').where('account_id', '=', alias.accountId).execute()
    await this.db.insertInto('account_aliases').values(fromAccountAlias(alias)).execute()
  }

  async delete({ accountId, alias }: AccountAlias): Promise<void> {
    await this.db
      .deleteFrom('account_aliases')
      .where('account_id', '=', accountId)
      .where('alias', '=', alias)
      .execute()
  }
}
