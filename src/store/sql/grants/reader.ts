import type { Kysely } from 'kysely'
import {
  type Grant,
  type GrantParty,
  type Page,
  type PageRequest,
  type Scope,
  toPage,
} from '../../../domain/index.ts'
import type { GrantFilter, GrantReader } from '../../contract/grants.ts'
import type { Macs } from '../authenticity/macs.ts'
import type { Schema } from '../schema.ts'
import { grantRows } from './rows.ts'

const partyColumns = {
  grantee: { principal: 'grantee_principal', service: 'grantee_service' },
  retiring: { principal: 'retiring_principal', service: 'retiring_service' },
} as const
const nameOf = (party: GrantParty) => (party.type === 'principal' ? party.arn : party.service)

export class SqlGrantReader implements GrantReader {
  protected readonly db: Kysely<Schema>
  readonly #macs: Macs

  constructor(db: Kysely<Schema>, macs: Macs) {
    this.db = db
    this.#macs = macs
  }

  async find(scope: Scope, keyId: string, grantId: string): Promise<Grant | undefined> {
    const row = await this.#grantsOf(scope, keyId).where('grant_id', '=', grantId).executeTakeFirst()
    return row && this.#macs.read(grantRows, row)
  }

  async list(
    scope: Scope,
    keyId: string,
    { grantId, grantee, name }: GrantFilter,
    page: PageRequest,
  ): Promise<Page<Grant>> {
    let query = this.#grantsOf(scope, keyId).where('grant_id', '>', page.after ?? '')
    if (grantId !== undefined) query = query.where('grant_id', '=', grantId)
    if (grantee !== undefined) query = query.where(partyColumns.grantee[grantee.type], '=', nameOf(grantee))
    if (name !== undefined) query = query.where('name', '=', name)
    const rows = await query
      .orderBy('grant_id')
      .limit(page.limit + 1)
      .execute()
    const { items, next } = toPage(rows, page.limit, row => row.grant_id)
    return { items: this.#macs.readAll(grantRows, items), next }
  }

  async listRetirable(region: string, retiring: GrantParty, page: PageRequest): Promise<Page<Grant>> {
    const rows = await this.db
      .selectFrom('grants')
      .selectAll()
      .where('region', '=', region)
      .where(partyColumns.retiring[retiring.type], '=', nameOf(retiring))
      .where('grant_id', '>', page.after ?? '')
      .orderBy('grant_id')
      .limit(page.limit + 1)
      .execute()
    const { items, next } = toPage(rows, page.limit, row => row.grant_id)
    return { items: this.#macs.readAll(grantRows, items), next }
  }

  async count(scope: Scope, keyId: string): Promise<number> {
    const row = await this.db
      .selectFrom('grants')
      .select(eb => eb.fn.countAll().as('count'))
      .where('account_id', '=', scope.accountId)
      .where('region', '=', scope.region)
      .where('key_id', '=', keyId)
      .executeTakeFirstOrThrow()
    return Number(row.count)
  }

  #grantsOf({ accountId, region }: Scope, keyId: string) {
    return this.db
      .selectFrom('grants')
      .selectAll()
      .where('account_id', '=', accountId)
      .where('region', '=', region)
      .where('key_id', '=', keyId)
  }
}
