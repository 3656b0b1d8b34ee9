import type { Kysely, SelectQueryBuilder } from 'kysely'
import { type Page, type PageRequest, toPage, type User } from '../../../domain/index.ts'
import type { Schema } from '../schema.ts'
import { toUser, type UserRow } from './rows.ts'

export type UserQuery = SelectQueryBuilder<Schema, 'users', UserRow>

/** Reads in one statement, so that a user and its groups are as of one moment. */
async function readKeyedUsers(db: Kysely<Schema>, users: UserQuery): Promise<(User & { nameKey: string })[]> {
  const rows = await db
    .selectFrom(users.as('u'))
    .leftJoin('iam_group_members as m', 'm.user_id', 'u.user_id')
    .leftJoin('iam_groups as g', 'g.group_id', 'm.group_id')
    .selectAll('u')
    .select('g.group_name')
    .orderBy('u.name_key')
    .orderBy('g.name_key')
    .execute()
  return [...Map.groupBy(rows, row => row.user_id).values()].flatMap(([row, ...more]) => {
    if (row === undefined) return []
    const groupNames = [row, ...more].flatMap(({ group_name: name }) => (name === null ? [] : [name]))
    return [{ ...toUser(row, groupNames), nameKey: row.name_key }]
  })
}

const withoutKey = ({ nameKey: _, ...user }: User & { nameKey: string }): User => user

/** Reads the users that a query selects, by name. */
export async function readUsers(db: Kysely<Schema>, users: UserQuery): Promise<User[]> {
  return (await readKeyedUsers(db, users)).map(withoutKey)
}

/** Reads a page of the users of an account that a query selects, by name. */
export async function readUserPage(
  db: Kysely<Schema>,
  users: UserQuery,
  accountId: string,
  page: PageRequest,
): Promise<Page<User>> {
  const query = users
    .where('account_id', '=', accountId)
    .where('name_key', '>', page.after ?? '')
    .orderBy('name_key')
    .limit(page.limit + 1)
  const { items, next } = toPage(await readKeyedUsers(db, query), page.limit, user => user.nameKey)
  return { items: items.map(withoutKey), next }
}
