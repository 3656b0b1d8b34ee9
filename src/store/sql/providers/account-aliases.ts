import type { Kysely, Transaction } from 'kysely'
import type { AccountAlias } from '../../../domain/index.ts'
import { globalDomain } from '../../../domain/index.ts'
import type { AccountAliasReader, AccountAliasWriter } from '../../contract/providers.ts'
import type { Macs } from '../authenticity/macs.ts'
import type { Changes } from '../changes.ts'
import type { Schema } from '../schema.ts'
import { accountAliasRows, fromAccountAlias } from './rows.ts'

export class SqlAccountAliasReader implements AccountAliasReader {
  protected readonly db: Kysely<Schema>
  readonly #macs: Macs

  constructor(db: Kysely<Schema>, macs: Macs) {
    this.db = db
    this.#macs = macs
  }

  async find(alias: string): Promise<AccountAlias | undefined> {
    const row = await this.db
      .selectFrom('account_aliases')
      .selectAll()
      .where('alias', '=', alias)
      .executeTakeFirst()
    return row && this.#macs.read(accountAliasRows, row)
  }

  async findOfAccount(accountId: string): Promise<AccountAlias | undefined> {
    const row = await this.db
      .selectFrom('account_aliases')
      .selectAll()
      .where('account_id', '=', accountId)
      .executeTakeFirst()
    return row && this.#macs.read(accountAliasRows, row)
  }
}

export class SqlAccountAliasWriter extends SqlAccountAliasReader implements AccountAliasWriter {
  readonly #changes: Changes

  constructor(db: Transaction<Schema>, changes: Changes) {
    super(db, changes.macs)
    this.#changes = changes
  }

  async put(alias: AccountAlias): Promise<void> {
    const before = this.db.deleteFrom('account_aliases').where('account_id', '=', alias.accountId)
    this.#changes.removed(globalDomain, await before.returning('mac').execute())
    await this.db
      .insertInto('account_aliases')
      .values(this.#changes.inserted(accountAliasRows, fromAccountAlias(alias)))
      .execute()
  }

  async delete({ accountId, alias }: AccountAlias): Promise<void> {
    const deletion = this.db
      .deleteFrom('account_aliases')
      .where('account_id', '=', accountId)
      .where('alias', '=', alias)
    this.#changes.removed(globalDomain, await deletion.returning('mac').execute())
  }
}
