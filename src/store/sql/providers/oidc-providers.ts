import type { Kysely } from 'kysely'
import type { OidcProvider } from '../../../domain/index.ts'
import type { OidcProviderReader, OidcProviderWriter } from '../../contract/providers.ts'
import type { Schema } from '../schema.ts'
import { fromOidcProvider, toOidcProvider } from './rows.ts'

export class SqlOidcProviderReader implements OidcProviderReader {
  protected readonly db: Kysely<Schema>

  constructor(db: Kysely<Schema>) {
    this.db = db
  }

  async find(accountId: string, host: string): Promise<OidcProvider | undefined> {
    const row = await this.db
      .selectFrom('iam_oidc_providers')
      .selectAll()
      .where('account_id', '=', accountId)
      .where('host', '=', host)
      .executeTakeFirst()
    return row && toOidcProvider(row)
  }

  async list(accountId: string): Promise<OidcProvider[]> {
    const rows = await this.db
      .selectFrom('iam_oidc_providers')
      .selectAll()
      .where('account_id', '=', accountId)
      .orderBy('host')
      .execute()
    return rows.map(toOidcProvider)
  }
}

export class SqlOidcProviderWriter extends SqlOidcProviderReader implements OidcProviderWriter {
  async insert(provider: OidcProvider): Promise<void> {
    await this.db.insertInto('iam_oidc_providers').values(fromOidcProvider(provider)).execute()
  }

  async update(provider: OidcProvider): Promise<void> {
    await this.db
      .updateTable('iam_oidc_providers')
      .set(fromOidcProvider(provider))
      .where('account_id', '=', provider.accountId)
      .where('host', '=', provider.host)
      .execute()
  }

  async delete({ accountId, host }: OidcProvider): Promise<void> {
    await this.db
      .deleteFrom('iam_oidc_providers')
      .where('account_id', '=', accountId)
      .where('host', '=', host)
      .execute()
  }
}
