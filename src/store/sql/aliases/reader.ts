import type { Kysely } from 'kysely'
import { type Alias, type Page, type PageRequest, type Scope, toPage } from '../../../domain/index.ts'
import type { AliasReader } from '../../contract/aliases.ts'
import type { Macs } from '../authenticity/macs.ts'
import type { Schema } from '../schema.ts'
import { aliasRows } from './rows.ts'

export class SqlAliasReader implements AliasReader {
  protected readonly db: Kysely<Schema>
  readonly #macs: Macs

  constructor(db: Kysely<Schema>, macs: Macs) {
    this.db = db
    this.#macs = macs
  }

  async find(scope: Scope, aliasName: string): Promise<Alias | undefined> {
    const row = await this.db
      .selectFrom('aliases')
      .selectAll()
      .where('account_id', '=', scope.accountId)
      .where('region', '=', scope.region)
      .where('alias_name', '=', aliasName)
      .executeTakeFirst()
    return row && this.#macs.read(aliasRows, row)
  }

  async list(scope: Scope, targetKeyId: string | undefined, page: PageRequest): Promise<Page<Alias>> {
    let query = this.db
      .selectFrom('aliases')
      .selectAll()
      .where('account_id', '=', scope.accountId)
      .where('region', '=', scope.region)
      .where('alias_name', '>', page.after ?? '')
    if (targetKeyId !== undefined) query = query.where('target_key_id', '=', targetKeyId)
    const rows = await query
      .orderBy('alias_name')
      .limit(page.limit + 1)
      .execute()
    const { items, next } = toPage(rows, page.limit, row => row.alias_name)
    return { items: this.#macs.readAll(aliasRows, items), next }
  }

  async count(scope: Scope, targetKeyId: string): Promise<number> {
    const row = await this.db
      .selectFrom('aliases')
      .select(eb => eb.fn.countAll().as('count'))
      .where('account_id', '=', scope.accountId)
      .where('region', '=', scope.region)
      .where('target_key_id', '=', targetKeyId)
      .executeTakeFirstOrThrow()
    return Number(row.count)
  }
}

/** Returns the names of all aliases of a key, ascending. */
export async function listAliasNames(
  db: Kysely<Schema>,
  scope: Scope,
  targetKeyId: string,
): Promise<string[]> {
  const rows = await db
    .selectFrom('aliases')
    .select('alias_name')
    .where('account_id', '=', scope.accountId)
    .where('region', '=', scope.region)
    .where('target_key_id', '=', targetKeyId)
    .orderBy('alias_name')
    .execute()
  return rows.map(row => row.alias_name)
}
