import type { Kysely, SelectQueryBuilder } from 'kysely'
import { type Page, type PageRequest, toPage, type User } from '../../../domain/index.ts'
import { type AuthenticEntity, brokenEntity, type MacColumn, type Macs } from '../authenticity/macs.ts'
import type { Schema } from '../schema.ts'
import { toUser, type UserRow, userEntity } from './rows.ts'

export type UserQuery = SelectQueryBuilder<Schema, 'users', UserRow & MacColumn>

/** A user with its memberships as they are stored; no MAC is checked yet. */
export interface StoredUser {
  readonly row: UserRow & MacColumn
  readonly groups: readonly { readonly id: string; readonly name: string | null }[]
}

/** Reads the users that a query selects, by name. One statement, so that a user and its groups are as of one moment. */
export async function readUsers(db: Kysely<Schema>, users: UserQuery): Promise<StoredUser[]> {
  const rows = await db
    .selectFrom(users.as('u'))
    .leftJoin('iam_group_members as m', 'm.user_id', 'u.user_id')
    .leftJoin('iam_groups as g', 'g.group_id', 'm.group_id')
    .selectAll('u')
    .select(['m.group_id', 'g.group_name'])
    .orderBy('u.name_key')
    .orderBy('g.name_key')
    .execute()
  return [...Map.groupBy(rows, row => row.user_id).values()].flatMap(([row, ...more]) => {
    if (row === undefined) return []
    const groups = [row, ...more].flatMap(({ group_id: id, group_name: name }) =>
      id === null ? [] : [{ id, name }],
    )
    return [{ row, groups }]
  })
}

/** Returns the user with its memberships as the entity that its MAC covers. */
export function storedUserEntity({ row, groups }: StoredUser): AuthenticEntity {
  const entity = userEntity(row, groups.map(({ id }) => id).sort())
  return {
    ...entity,
    content() {
      // The group may have had a Deny.
      if (groups.some(({ name }) => name === null)) throw new Error('a group of the user is missing')
      return entity.content()
    },
  }
}

const userOf = ({ row, groups }: StoredUser): User =>
  toUser(
    row,
    groups.flatMap(({ name }) => name ?? []),
  )

/** Returns a user that was read. Throws DoesNotVerify. */
export function openUser(macs: Macs, stored: StoredUser): User {
  macs.check(storedUserEntity(stored), stored.row.mac)
  return userOf(stored)
}

/** Reads a page of the users of an account that a query selects, by name, without the users that do not verify. */
export async function readUserPage(
  db: Kysely<Schema>,
  macs: Macs,
  users: UserQuery,
  accountId: string,
  page: PageRequest,
): Promise<Page<User>> {
  const query = users
    .where('account_id', '=', accountId)
    .where('name_key', '>', page.after ?? '')
    .orderBy('name_key')
    .limit(page.limit + 1)
  const { items, next } = toPage(await readUsers(db, query), page.limit, ({ row }) => row.name_key)
  const read = (stored: StoredUser) => {
    const entity = storedUserEntity(stored)
    if (macs.isAuthentic(entity, stored.row.mac)) return [userOf(stored)]
    macs.report(brokenEntity(entity))
    return []
  }
  return { items: items.flatMap(read), next }
}
