import type { Kysely, Transaction } from 'kysely'
import type { OidcProvider } from '../../../domain/index.ts'
import { globalDomain } from '../../../domain/index.ts'
import type { OidcProviderReader, OidcProviderWriter } from '../../contract/providers.ts'
import type { Macs } from '../authenticity/macs.ts'
import type { Changes } from '../changes.ts'
import type { Schema } from '../schema.ts'
import { fromOidcProvider, oidcProviderRows } from './rows.ts'

export class SqlOidcProviderReader implements OidcProviderReader {
  protected readonly db: Kysely<Schema>
  readonly #macs: Macs

  constructor(db: Kysely<Schema>, macs: Macs) {
    this.db = db
    this.#macs = macs
  }

  async find(accountId: string, host: string): Promise<OidcProvider | undefined> {
    const row = await this.db
      .selectFrom('iam_oidc_providers')
      .selectAll()
      .where('account_id', '=', accountId)
      .where('host', '=', host)
      .executeTakeFirst()
    return row && this.#macs.read(oidcProviderRows, row)
  }

  async list(accountId: string): Promise<OidcProvider[]> {
    const rows = await this.db
      .selectFrom('iam_oidc_providers')
      .selectAll()
      .where('account_id', '=', accountId)
      .orderBy('host')
      .execute()
    return this.#macs.readAll(oidcProviderRows, rows)
  }
}

export class SqlOidcProviderWriter extends SqlOidcProviderReader implements OidcProviderWriter {
  readonly #changes: Changes

  constructor(db: Transaction<Schema>, changes: Changes) {
    super(db, changes.macs)
    this.#changes = changes
  }

  async insert(provider: OidcProvider): Promise<void> {
    await this.db
      .insertInto('iam_oidc_providers')
      .values(this.#changes.inserted(oidcProviderRows, fromOidcProvider(provider)))
      .execute()
  }

  async update(provider: OidcProvider): Promise<void> {
    const { accountId, host } = provider
    const before = await this.db
      .selectFrom('iam_oidc_providers')
      .selectAll()
      .where('account_id', '=', accountId)
      .where('host', '=', host)
      .executeTakeFirst()
    if (before === undefined) return
    await this.db
      .updateTable('iam_oidc_providers')
      .set(this.#changes.replaced(oidcProviderRows, before, fromOidcProvider(provider)))
      .where('account_id', '=', accountId)
      .where('host', '=', host)
      .execute()
  }

  async delete({ accountId, host }: OidcProvider): Promise<void> {
    const deletion = this.db
      .deleteFrom('iam_oidc_providers')
      .where('account_id', '=', accountId)
      .where('host', '=', host)
    this.#changes.removed(globalDomain, await deletion.returning('mac').execute())
  }
}
