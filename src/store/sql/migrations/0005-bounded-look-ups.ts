import type { Kysely } from 'kysely'

/**
 * Adds the table of the principals that policies name, which the upgrade of the store fills, and indexes for what was found by
 * reading whole tables.
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  await createPrincipals(db)
  await indexGrants(db)
  await db.schema.dropIndex('users_boundary').execute()
  await db.schema.dropIndex('iam_roles_boundary').execute()
  const limited = ['account_id', 'boundary_arn']
  await db.schema
    .createIndex('users_limited')
    .on('users')
    .columns([...limited, 'user_id'])
    .execute()
  await db.schema
    .createIndex('iam_roles_limited')
    .on('iam_roles')
    .columns([...limited, 'role_id'])
    .execute()
  await db.schema
    .createIndex('kms_keys_manager')
    .on('kms_keys')
    .columns(['account_id', 'region', 'key_manager'])
    .execute()
}

const keyColumns: ['account_id', 'region', 'key_id'] = ['account_id', 'region', 'key_id']

async function createPrincipals(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable('key_policy_principals')
    .addColumn('account_id', 'text', column => column.notNull())
    .addColumn('region', 'text', column => column.notNull())
    .addColumn('key_id', 'text', column => column.notNull())
    .addColumn('principal', 'text', column => column.notNull())
    .addPrimaryKeyConstraint('key_policy_principals_pk', [...keyColumns, 'principal'])
    .addForeignKeyConstraint('key_policy_principals_key', keyColumns, 'kms_keys', keyColumns, c =>
      c.onDelete('cascade'),
    )
    .execute()
  await db.schema
    .createIndex('key_policy_principals_principal')
    .on('key_policy_principals')
    .column('principal')
    .execute()
  await db.schema
    .createTable('trust_policy_principals')
    .addColumn('role_id', 'text', column =>
      column.notNull().references('iam_roles.role_id').onDelete('cascade'),
    )
    .addColumn('principal', 'text', column => column.notNull())
    .addPrimaryKeyConstraint('trust_policy_principals_pk', ['role_id', 'principal'])
    .execute()
  await db.schema
    .createIndex('trust_policy_principals_principal')
    .on('trust_policy_principals')
    .column('principal')
    .execute()
}

/** A page of grants is read in the order of their ids, and each filter needs an index in this order. */
async function indexGrants(db: Kysely<unknown>): Promise<void> {
  const index = (name: string) => db.schema.createIndex(`grants_${name}`).on('grants')
  await db.schema.dropIndex('grants_grantee').execute()
  await index('to_principal')
    .columns([...keyColumns, 'grantee_principal', 'grant_id'])
    .execute()
  await index('to_service')
    .columns([...keyColumns, 'grantee_service', 'grant_id'])
    .execute()
  await index('retiring_service').columns(['region', 'retiring_service', 'grant_id']).execute()
  await index('of_grantee').column('grantee_principal').execute()
  await index('of_retiring').column('retiring_principal').execute()
}
