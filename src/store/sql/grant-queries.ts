import type { Kysely } from 'kysely'
import {
  type Grant,
  type GrantParty,
  type Page,
  type PageRequest,
  type Scope,
  toPage,
} from '../../domain/index.ts'
import type { GrantFilter } from '../contract/store.ts'
import { toGrant } from './rows.ts'
import type { Schema } from './schema.ts'

const grantsOf = (db: Kysely<Schema>, { accountId, region }: Scope, keyId: string) =>
  db
    .selectFrom('grants')
    .selectAll()
    .where('account_id', '=', accountId)
    .where('region', '=', region)
    .where('key_id', '=', keyId)

const partyColumns = {
  grantee: { principal: 'grantee_principal', service: 'grantee_service' },
  retiring: { principal: 'retiring_principal', service: 'retiring_service' },
} as const
const nameOf = (party: GrantParty) => (party.type === 'principal' ? party.arn : party.service)

export async function findGrant(
  db: Kysely<Schema>,
  scope: Scope,
  keyId: string,
  grantId: string,
): Promise<Grant | undefined> {
  const row = await grantsOf(db, scope, keyId).where('grant_id', '=', grantId).executeTakeFirst()
  return row && toGrant(row)
}

export async function listGrantsNamed(
  db: Kysely<Schema>,
  scope: Scope,
  keyId: string,
  name: string,
): Promise<Grant[]> {
  return (await grantsOf(db, scope, keyId).where('name', '=', name).execute()).map(toGrant)
}

export async function listGrantsTo(
  db: Kysely<Schema>,
  scope: Scope,
  keyId: string,
  granteeNames: readonly string[],
): Promise<Grant[]> {
  const arns = granteeNames.filter(name => name.startsWith('arn:'))
  const services = granteeNames.filter(name => !name.startsWith('arn:'))
  const to = async (column: 'grantee_principal' | 'grantee_service', names: readonly string[]) =>
    names.length === 0 ? [] : await grantsOf(db, scope, keyId).where(column, 'in', names).execute()
  const rows = [...(await to('grantee_principal', arns)), ...(await to('grantee_service', services))]
  return rows.map(toGrant)
}

export async function listGrants(
  db: Kysely<Schema>,
  scope: Scope,
  keyId: string,
  { grantId, grantee }: GrantFilter,
  page: PageRequest,
): Promise<Page<Grant>> {
  let query = grantsOf(db, scope, keyId).where('grant_id', '>', page.after ?? '')
  if (grantId !== undefined) query = query.where('grant_id', '=', grantId)
  if (grantee !== undefined) query = query.where(partyColumns.grantee[grantee.type], '=', nameOf(grantee))
  const rows = await query
    .orderBy('grant_id')
    .limit(page.limit + 1)
    .execute()
  return toPage(rows.map(toGrant), page.limit, grant => grant.grantId)
}

export async function listRetirableGrants(
  db: Kysely<Schema>,
  region: string,
  retiring: GrantParty,
  page: PageRequest,
): Promise<Page<Grant>> {
  const rows = await db
    .selectFrom('grants')
    .selectAll()
    .where('region', '=', region)
    .where(partyColumns.retiring[retiring.type], '=', nameOf(retiring))
    .where('grant_id', '>', page.after ?? '')
    .orderBy('grant_id')
    .limit(page.limit + 1)
    .execute()
  return toPage(rows.map(toGrant), page.limit, grant => grant.grantId)
}

export async function countGrants(db: Kysely<Schema>, scope: Scope, keyId: string): Promise<number> {
  const row = await db
    .selectFrom('grants')
    .select(eb => eb.fn.countAll().as('count'))
    .where('account_id', '=', scope.accountId)
    .where('region', '=', scope.region)
    .where('key_id', '=', keyId)
    .executeTakeFirstOrThrow()
  return Number(row.count)
}
