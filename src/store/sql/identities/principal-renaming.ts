import type { Kysely } from 'kysely'
import { assumedRoleArn } from '../../../domain/index.ts'
import { otherWork } from '../../../std/index.ts'
import type { Changes } from '../changes.ts'
import { type GrantRow, toGrant } from '../grants/rows.ts'
import type { Schema } from '../schema.ts'
import { putKeyPrincipals, putTrustPrincipals, replacePrincipals } from './policy-principals.ts'
import type { KeyPrincipalRow } from './rows.ts'

/**
 * Replaces the ARN of a user or role wherever key policies, trust policies and grants name it: by its new ARN when it is
 * renamed, by its id when it is deleted. AWS keeps ids and shows ARNs, to the same effect (IAM user guide, "AWS JSON policy
 * elements: Principal").
 */
export async function renamePrincipal(
  db: Kysely<Schema>,
  changes: Changes,
  arn: string,
  replacement: string,
): Promise<void> {
  await renameInKeyPolicies(db, changes, arn, replacement)
  await renameInTrustPolicies(db, changes, arn, replacement)
  await renameInGrants(db, changes, arn, replacement)
}

/** The policies that are read and written before other work gets its turn. A policy has up to 32 kB. */
const policiesPerSlice = 8

/** Each slice removes the records of the principal in its policies, so the next one finds others. */
async function renameInKeyPolicies(
  db: Kysely<Schema>,
  changes: Changes,
  arn: string,
  replacement: string,
): Promise<void> {
  for (;;) {
    const named = await db
      .selectFrom('key_policy_principals')
      .selectAll()
      .where('principal', '=', arn)
      .limit(policiesPerSlice)
      .execute()
    for (const row of named) {
      await renameInKeyPolicy(db, row, arn, replacement)
      changes.key({ accountId: row.account_id, region: row.region }, row.key_id)
    }
    if (named.length < policiesPerSlice) return
    await otherWork()
  }
}

async function renameInKeyPolicy(
  db: Kysely<Schema>,
  { account_id, region, key_id }: KeyPrincipalRow,
  arn: string,
  replacement: string,
): Promise<void> {
  const { policy } = await db
    .selectFrom('kms_keys')
    .select('policy')
    .where('account_id', '=', account_id)
    .where('region', '=', region)
    .where('key_id', '=', key_id)
    .executeTakeFirstOrThrow()
  const renamed = renameInPolicy(policy, arn, replacement)
  await db
    .updateTable('kms_keys')
    .set({ policy: renamed })
    .where('account_id', '=', account_id)
    .where('region', '=', region)
    .where('key_id', '=', key_id)
    .execute()
  await putKeyPrincipals(db, { accountId: account_id, region }, key_id, renamed)
}

async function renameInTrustPolicies(
  db: Kysely<Schema>,
  changes: Changes,
  arn: string,
  replacement: string,
): Promise<void> {
  for (;;) {
    const rows = await db
      .selectFrom('trust_policy_principals as p')
      .innerJoin('iam_roles as r', 'r.role_id', 'p.role_id')
      .select(['r.account_id', 'r.role_id', 'r.trust_policy'])
      .where('p.principal', '=', arn)
      .limit(policiesPerSlice)
      .execute()
    for (const { account_id, role_id, trust_policy } of rows) {
      const renamed = renameInPolicy(trust_policy, arn, replacement)
      await db
        .updateTable('iam_roles')
        .set({ trust_policy: renamed })
        .where('role_id', '=', role_id)
        .execute()
      await putTrustPrincipals(db, role_id, renamed)
      changes.identity(account_id)
    }
    if (rows.length < policiesPerSlice) return
    await otherWork()
  }
}

function renameInPolicy(policy: string, arn: string, replacement: string): string {
  return replacePrincipals(policy, name => (name === arn ? replacement : undefined)) ?? policy
}

/**
 * Replaces the ARNs of a role's sessions by ids wherever grants name them, as `renamePrincipal` does with the role's ARN:
 * the sessions of a recreated role are different principals (recorded from AWS).
 */
export async function renameSessions(
  db: Kysely<Schema>,
  changes: Changes,
  accountId: string,
  roleName: string,
  roleId: string,
): Promise<void> {
  const prefix = assumedRoleArn(accountId, roleName, '')
  const named = new Set<string>()
  for (const column of partyColumns) {
    // An index finds a range, but not all databases find a prefix with it. The prefix ends with a slash, and `0` follows it.
    const rows = await db
      .selectFrom('grants')
      .select(column)
      .distinct()
      .where(column, '>=', prefix)
      .where(column, '<', `${prefix.slice(0, -1)}0`)
      .execute()
    for (const { [column]: arn } of rows as readonly Partial<Record<typeof column, string | null>>[]) {
      if (arn?.startsWith(prefix)) named.add(arn)
    }
  }
  for (const arn of named) await renameInGrants(db, changes, arn, `${roleId}:${arn.slice(prefix.length)}`)
}

const partyColumns = ['grantee_principal', 'retiring_principal'] as const

async function renameInGrants(
  db: Kysely<Schema>,
  changes: Changes,
  arn: string,
  replacement: string,
): Promise<void> {
  for (const column of partyColumns) {
    for (;;) {
      const rows = await db
        .selectFrom('grants')
        .selectAll()
        .where(column, '=', arn)
        .limit(grantsPerSlice)
        .execute()
      for (const row of rows) {
        await renameInGrant(db, row, { [column]: replacement })
        changes.grantGone(toGrant(row))
        changes.grant(toGrant({ ...row, [column]: replacement }))
      }
      if (rows.length < grantsPerSlice) break
      await otherWork()
    }
  }
}

/** A grant takes about 30 microseconds. */
const grantsPerSlice = 50

async function renameInGrant(
  db: Kysely<Schema>,
  { account_id, region, key_id, grant_id }: GrantRow,
  change: Partial<GrantRow>,
): Promise<void> {
  await db
    .updateTable('grants')
    .set(change)
    .where('account_id', '=', account_id)
    .where('region', '=', region)
    .where('key_id', '=', key_id)
    .where('grant_id', '=', grant_id)
    .execute()
}
