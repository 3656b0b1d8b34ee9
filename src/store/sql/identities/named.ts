import { type Kysely, type SelectQueryBuilder, sql } from 'kysely'
import { type Page, type PageRequest, toPage } from '../../../domain/index.ts'
import type { EntityRows, Macs } from '../authenticity/macs.ts'
import type { Schema } from '../schema.ts'
import { nameKey } from './rows.ts'

// Reads that the tables of groups, roles, managed policies and instance profiles share, and partly that of users.

type NamedTable = 'iam_groups' | 'iam_roles' | 'iam_policies' | 'iam_instance_profiles'

export async function findNamed<T extends NamedTable>(
  db: Kysely<Schema>,
  table: T,
  accountId: string,
  name: string,
): Promise<Schema[T] | undefined> {
  const row = await db
    .selectFrom(table as NamedTable)
    .selectAll()
    .where('account_id', '=', accountId)
    .where('name_key', '=', nameKey(name))
    .executeTakeFirst()
  return row as Schema[T] | undefined
}

export async function listNamed<T extends NamedTable, U>(
  db: Kysely<Schema>,
  macs: Macs,
  table: T,
  entities: EntityRows<Schema[T], U>,
  accountId: string,
  pathPrefix: string,
  page: PageRequest,
): Promise<Page<U>> {
  const rows = await pathBegins(db.selectFrom(table as NamedTable), pathPrefix)
    .selectAll()
    .where('account_id', '=', accountId)
    .where('name_key', '>', page.after ?? '')
    .orderBy('name_key')
    .limit(page.limit + 1)
    .execute()
  const { items, next } = toPage(rows, page.limit, row => row.name_key)
  return {
    items: macs.readAll(entities, items as readonly Schema[NamedTable][] as readonly Schema[T][]),
    next,
  }
}

export async function countOf(
  db: Kysely<Schema>,
  table: NamedTable | 'users',
  accountId: string,
): Promise<number> {
  const row = await db
    .selectFrom(table)
    .select(eb => eb.fn.countAll().as('count'))
    .where('account_id', '=', accountId)
    .executeTakeFirstOrThrow()
  return Number(row.count)
}

/** Keeps the rows whose path begins with `prefix`, which is compared as it is: to `like`, `_` stands for any character. */
export function pathBegins<T extends NamedTable | 'users', O>(
  query: SelectQueryBuilder<Schema, T, O>,
  prefix: string,
): SelectQueryBuilder<Schema, T, O> {
  return prefix === '/' ? query : query.where(sql`substr(path, 1, ${prefix.length})`, '=', prefix)
}
