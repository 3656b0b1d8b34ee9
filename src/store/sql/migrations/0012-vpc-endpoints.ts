import type { Kysely } from 'kysely'
import type { ColumnTypes } from './column-types.ts'

/** Adds VPC endpoints. A client token names at most one endpoint of a scope; most have none. */
export async function up(db: Kysely<unknown>, { bytes, integer }: ColumnTypes): Promise<void> {
  await db.schema
    .createTable('vpc_endpoints')
    .addColumn('account_id', 'text', column => column.notNull().references('accounts.account_id'))
    .addColumn('region', 'text', column => column.notNull())
    .addColumn('vpc_endpoint_id', 'text', column => column.notNull())
    .addColumn('vpc_id', 'text', column => column.notNull())
    .addColumn('service_name', 'text', column => column.notNull())
    .addColumn('state', 'text', column => column.notNull())
    .addColumn('policy_document', 'text', column => column.notNull())
    .addColumn('is_private_dns_enabled', integer, column => column.notNull())
    .addColumn('ip_address_type', 'text', column => column.notNull())
    .addColumn('dns_record_ip_type', 'text', column => column.notNull())
    .addColumn('security_group_ids', 'text', column => column.notNull())
    .addColumn('interfaces', 'text', column => column.notNull())
    .addColumn('dns_label', 'text', column => column.notNull())
    .addColumn('created_at', integer, column => column.notNull())
    .addColumn('tags', 'text', column => column.notNull())
    .addColumn('client_token', 'text')
    .addColumn('client_token_digest', 'text')
    .addColumn('last_error', 'text')
    .addColumn('mac', bytes)
    .addPrimaryKeyConstraint('vpc_endpoints_pk', ['account_id', 'region', 'vpc_endpoint_id'])
    .addUniqueConstraint('vpc_endpoints_client_token_key', ['account_id', 'region', 'client_token'])
    .execute()
}
