import type { Kysely } from 'kysely'
import type { ColumnTypes } from './column-types.ts'

type UsersBefore = {
  users: {
    account_id: string
    user_name: string
    user_id: string
    created_at: number
    name_key: string
    policies: string
  }
  user_policies: { account_id: string; user_name: string; policy_name: string; document: string }
}

/** Adds groups, roles, managed policies, boundaries, tags and paths of identities; the last use of access keys. */
export async function up(db: Kysely<unknown>, { integer }: ColumnTypes): Promise<void> {
  await extendUsers(db)
  await extendAccessKeys(db, integer)
  await createGroups(db, integer)
  await createRoles(db, integer)
  await createManagedPolicies(db, integer)
  await db.schema
    .createTable('iam_attachments')
    .addColumn('account_id', 'text', column => column.notNull())
    .addColumn('policy_arn', 'text', column => column.notNull())
    .addColumn('entity_id', 'text', column => column.notNull())
    .addPrimaryKeyConstraint('iam_attachments_pk', ['account_id', 'policy_arn', 'entity_id'])
    .execute()
  await db.schema.createIndex('iam_attachments_entity').on('iam_attachments').column('entity_id').execute()
}

async function extendUsers(db: Kysely<unknown>): Promise<void> {
  const table = () => db.schema.alterTable('users')
  for (const [name, before] of [
    ['name_key', ''],
    ['path', '/'],
    ['policies', '[]'],
    ['attached', '[]'],
    ['tags', '[]'],
  ] as const) {
    await table()
      .addColumn(name, 'text', column => column.notNull().defaultTo(before))
      .execute()
  }
  await table().addColumn('boundary_arn', 'text').execute()
  await moveUserData(db.withTables<UsersBefore>())
  await db.schema.dropTable('user_policies').execute()
  await db.schema
    .createIndex('users_name_key')
    .on('users')
    .columns(['account_id', 'name_key'])
    .unique()
    .execute()
  await db.schema.createIndex('users_boundary').on('users').columns(['account_id', 'boundary_arn']).execute()
}

/** Moves inline policies into the rows of users, and gives users keys by which they are found without regard to case. */
async function moveUserData(db: Kysely<UsersBefore>): Promise<void> {
  const users = await db.selectFrom('users').selectAll().orderBy('created_at').orderBy('user_id').execute()
  const policies = await db.selectFrom('user_policies').selectAll().orderBy('policy_name').execute()
  const taken = new Set<string>()
  for (const { account_id: accountId, user_name: userName, user_id: userId } of users) {
    const folded = userName.toLowerCase()
    // Names that differ by case alone were allowed. The key of the younger user is its exact name after a slash, which no
    // name contains.
    const nameKey = taken.has(`${accountId}/${folded}`) ? `/${userName}` : folded
    taken.add(`${accountId}/${folded}`)
    const own = policies.filter(policy => policy.account_id === accountId && policy.user_name === userName)
    await db
      .updateTable('users')
      .set({
        name_key: nameKey,
        policies: JSON.stringify(own.map(({ policy_name: name, document }) => [name, document])),
      })
      .where('user_id', '=', userId)
      .execute()
  }
}

async function extendAccessKeys(db: Kysely<unknown>, integer: ColumnTypes['integer']): Promise<void> {
  const table = () => db.schema.alterTable('access_keys')
  await table().addColumn('service', 'text').execute()
  await table().addColumn('last_used_at', integer).execute()
  await table().addColumn('last_used_service', 'text').execute()
  await table().addColumn('last_used_region', 'text').execute()
  await db.schema
    .createIndex('access_keys_user')
    .on('access_keys')
    .columns(['account_id', 'user_name'])
    .execute()
}

async function createGroups(db: Kysely<unknown>, integer: ColumnTypes['integer']): Promise<void> {
  await entityTable(db, 'iam_groups', 'group', integer)
    .addColumn('policies', 'text', column => column.notNull())
    .addColumn('attached', 'text', column => column.notNull())
    .execute()
  await db.schema
    .createTable('iam_group_members')
    .addColumn('group_id', 'text', column =>
      column.notNull().references('iam_groups.group_id').onDelete('cascade'),
    )
    .addColumn('user_id', 'text', column => column.notNull().references('users.user_id').onDelete('cascade'))
    .addPrimaryKeyConstraint('iam_group_members_pk', ['group_id', 'user_id'])
    .execute()
  await db.schema.createIndex('iam_group_members_user').on('iam_group_members').column('user_id').execute()
}

async function createRoles(db: Kysely<unknown>, integer: ColumnTypes['integer']): Promise<void> {
  await entityTable(db, 'iam_roles', 'role', integer)
    .addColumn('description', 'text', column => column.notNull())
    .addColumn('trust_policy', 'text', column => column.notNull())
    .addColumn('max_session_seconds', integer, column => column.notNull())
    .addColumn('policies', 'text', column => column.notNull())
    .addColumn('attached', 'text', column => column.notNull())
    .addColumn('boundary_arn', 'text')
    .addColumn('tags', 'text', column => column.notNull())
    .addColumn('is_service_linked', integer, column => column.notNull())
    .execute()
  await db.schema
    .createIndex('iam_roles_boundary')
    .on('iam_roles')
    .columns(['account_id', 'boundary_arn'])
    .execute()
}

async function createManagedPolicies(db: Kysely<unknown>, integer: ColumnTypes['integer']): Promise<void> {
  await entityTable(db, 'iam_policies', 'policy', integer)
    .addColumn('description', 'text', column => column.notNull())
    .addColumn('updated_at', integer, column => column.notNull())
    .addColumn('default_version_id', 'text', column => column.notNull())
    .addColumn('next_version', integer, column => column.notNull())
    .addColumn('versions', 'text', column => column.notNull())
    .addColumn('tags', 'text', column => column.notNull())
    .execute()
}

/** Begins a table with the columns that all entities have. The unique id never changes, so it is the primary key. */
function entityTable(
  db: Kysely<unknown>,
  table: string,
  kind: 'group' | 'role' | 'policy',
  integer: ColumnTypes['integer'],
) {
  return db.schema
    .createTable(table)
    .addColumn(`${kind}_id`, 'text', column => column.primaryKey())
    .addColumn('account_id', 'text', column => column.notNull().references('accounts.account_id'))
    .addColumn(`${kind}_name`, 'text', column => column.notNull())
    .addColumn('name_key', 'text', column => column.notNull())
    .addColumn('path', 'text', column => column.notNull())
    .addColumn('created_at', integer, column => column.notNull())
    .addUniqueConstraint(`${table}_name_key`, ['account_id', 'name_key'])
}
