import { type Kysely, type SelectQueryBuilder, sql } from 'kysely'
import { type Page, type PageRequest, toPage, type User } from '../../domain/index.ts'
import type { EntityName, PolicyEntities } from '../contract/iam-store.ts'
import { nameKey, toUser } from './iam-rows.ts'
import type { Schema, UserRow } from './schema.ts'

type UserQuery = SelectQueryBuilder<Schema, 'users', UserRow>

/** One statement, so that a user is seen as of one moment. */
async function readUsers(db: Kysely<Schema>, users: UserQuery): Promise<(User & { nameKey: string })[]> {
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

export async function findUser(
  db: Kysely<Schema>,
  accountId: string,
  userName: string,
): Promise<User | undefined> {
  const users = db
    .selectFrom('users')
    .selectAll()
    .where('account_id', '=', accountId)
    // The second is how migration 0003 keeps a user whose name differs from an older one's by case alone.
    .where('name_key', 'in', [nameKey(userName), `/${userName}`])
  const found = await readUsers(db, users)
  const user = found.find(user => user.userName === userName) ?? found[0]
  return user && withoutKey(user)
}

export async function listUsers(
  db: Kysely<Schema>,
  accountId: string,
  pathPrefix: string,
  page: PageRequest,
): Promise<Page<User>> {
  return await userPage(db, pathBegins(db.selectFrom('users'), pathPrefix).selectAll(), accountId, page)
}

export async function listGroupMembers(
  db: Kysely<Schema>,
  accountId: string,
  groupName: string,
  page: PageRequest,
): Promise<Page<User>> {
  const members = db
    .selectFrom('iam_group_members as m')
    .innerJoin('iam_groups as g', 'g.group_id', 'm.group_id')
    .select('m.user_id')
    .where('g.account_id', '=', accountId)
    .where('g.name_key', '=', nameKey(groupName))
  return await userPage(
    db,
    db.selectFrom('users').selectAll().where('users.user_id', 'in', members),
    accountId,
    page,
  )
}

async function userPage(db: Kysely<Schema>, users: UserQuery, accountId: string, page: PageRequest) {
  const query = users
    .where('account_id', '=', accountId)
    .where('name_key', '>', page.after ?? '')
    .orderBy('name_key')
    .limit(page.limit + 1)
  const { items, next } = toPage(await readUsers(db, query), page.limit, user => user.nameKey)
  return { items: items.map(withoutKey), next }
}

/** A prefix with nothing in it that means something, as `_` does to `like`. */
function pathBegins<T extends 'users' | 'iam_groups' | 'iam_roles' | 'iam_policies', O>(
  query: SelectQueryBuilder<Schema, T, O>,
  prefix: string,
): SelectQueryBuilder<Schema, T, O> {
  return prefix === '/' ? query : query.where(sql`substr(path, 1, ${prefix.length})`, '=', prefix)
}

type NamedTable = 'iam_groups' | 'iam_roles' | 'iam_policies'

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

export async function listNamed<T extends NamedTable>(
  db: Kysely<Schema>,
  table: T,
  accountId: string,
  pathPrefix: string,
  page: PageRequest,
): Promise<Page<Schema[T]>> {
  const rows = await pathBegins(db.selectFrom(table as NamedTable), pathPrefix)
    .selectAll()
    .where('account_id', '=', accountId)
    .where('name_key', '>', page.after ?? '')
    .orderBy('name_key')
    .limit(page.limit + 1)
    .execute()
  const { items, next } = toPage(rows, page.limit, row => row.name_key)
  return { items: items as readonly Schema[NamedTable][] as readonly Schema[T][], next }
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

export async function countAttachments(
  db: Kysely<Schema>,
  accountId: string,
  policyArn: string,
): Promise<number> {
  const row = await db
    .selectFrom('iam_attachments')
    .select(eb => eb.fn.countAll().as('count'))
    .where('account_id', '=', accountId)
    .where('policy_arn', '=', policyArn)
    .executeTakeFirstOrThrow()
  return Number(row.count)
}

export async function countBoundaries(
  db: Kysely<Schema>,
  accountId: string,
  policyArn: string,
): Promise<number> {
  let count = 0
  for (const table of ['users', 'iam_roles'] as const) {
    const row = await db
      .selectFrom(table)
      .select(eb => eb.fn.countAll().as('count'))
      .where('account_id', '=', accountId)
      .where('boundary_arn', '=', policyArn)
      .executeTakeFirstOrThrow()
    count += Number(row.count)
  }
  return count
}

export async function listPolicyEntities(
  db: Kysely<Schema>,
  accountId: string,
  policyArn: string,
): Promise<PolicyEntities> {
  const attached = db
    .selectFrom('iam_attachments')
    .select('entity_id')
    .where('account_id', '=', accountId)
    .where('policy_arn', '=', policyArn)
  const users = db
    .selectFrom('users')
    .select(['user_name as name', 'user_id as id', 'path'])
    .orderBy('name_key')
  const groups = db
    .selectFrom('iam_groups')
    .select(['group_name as name', 'group_id as id', 'path'])
    .orderBy('name_key')
  const roles = db
    .selectFrom('iam_roles')
    .select(['role_name as name', 'role_id as id', 'path'])
    .orderBy('name_key')
  const ofType = (entityType: 'User' | 'Role', entities: readonly EntityName[]) =>
    entities.map(entity => ({ ...entity, entityType }))
  const limits = {
    account: ['account_id', '=', accountId],
    policy: ['boundary_arn', '=', policyArn],
  } as const
  return {
    users: await users.where('user_id', 'in', attached).execute(),
    groups: await groups.where('group_id', 'in', attached).execute(),
    roles: await roles.where('role_id', 'in', attached).execute(),
    boundaries: [
      ...ofType(
        'User',
        await users
          .where(...limits.account)
          .where(...limits.policy)
          .execute(),
      ),
      ...ofType(
        'Role',
        await roles
          .where(...limits.account)
          .where(...limits.policy)
          .execute(),
      ),
    ],
  }
}
