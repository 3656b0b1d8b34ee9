import type { Kysely } from 'kysely'
import { principalsIn } from '../identities/policy-principals.ts'

/** Adds the principals that policies name, and indexes for what was found by reading whole tables. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await createPrincipals(db)
  await fillPrincipals(db.withTables<Tables>())
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

type KeyColumns = { account_id: string; region: string; key_id: string }
type Tables = {
  kms_keys: KeyColumns & { policy: string }
  iam_roles: { role_id: string; trust_policy: string }
  key_policy_principals: KeyColumns & { principal: string }
  trust_policy_principals: { role_id: string; principal: string }
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

async function fillPrincipals(db: Kysely<Tables>): Promise<void> {
  const keys = await db.selectFrom('kms_keys').select(keyColumns).execute()
  for (const key of keys) {
    const { policy } = await db
      .selectFrom('kms_keys')
      .select('policy')
      .where('account_id', '=', key.account_id)
      .where('region', '=', key.region)
      .where('key_id', '=', key.key_id)
      .executeTakeFirstOrThrow()
    for (const principal of principalsIn(policy)) {
      await db
        .insertInto('key_policy_principals')
        .values({ ...key, principal })
        .execute()
    }
  }
  for (const { role_id, trust_policy } of await db.selectFrom('iam_roles').selectAll().execute()) {
    for (const principal of principalsIn(trust_policy)) {
      await db.insertInto('trust_policy_principals').values({ role_id, principal }).execute()
    }
  }
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
