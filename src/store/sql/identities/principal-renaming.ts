import type { Kysely } from 'kysely'
import { assumedRoleArn } from '../../../domain/index.ts'
import { otherWork } from '../../../std/index.ts'
import { changeEntities } from '../authenticity/changed-entities.ts'
import type { MacColumn } from '../authenticity/macs.ts'
import type { Changes } from '../changes.ts'
import { type GrantRow, grantRows, toGrant } from '../grants/rows.ts'
import { keyParts } from '../keys/key-macs.ts'
import type { Schema } from '../schema.ts'
import { putKeyPrincipals, putTrustPrincipals, replacePrincipals } from './policy-principals.ts'
import { type KeyPrincipalRow, roleRows } from './rows.ts'

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
      await renameInKeyPolicy(db, changes, row, arn, replacement)
    }
    if (named.length < policiesPerSlice) return
    await otherWork()
  }
}

async function renameInKeyPolicy(
  db: Kysely<Schema>,
  changes: Changes,
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
  const update = db
    .updateTable('kms_keys')
    .set({ policy: renamed })
    .where('account_id', '=', account_id)
    .where('region', '=', region)
    .where('key_id', '=', key_id)
  const scope = { accountId: account_id, region }
  await changeEntities(changes, [keyParts(db, scope, key_id)], () => update.execute())
  await putKeyPrincipals(db, changes, scope, key_id, renamed)
  changes.key(scope, key_id)
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
      .selectAll('r')
      .where('p.principal', '=', arn)
      .limit(policiesPerSlice)
      .execute()
    for (const row of rows) {
      const renamed = renameInPolicy(row.trust_policy, arn, replacement)
      const { mac } = changes.replaced(roleRows, row, { ...row, trust_policy: renamed })
      await db
        .updateTable('iam_roles')
        .set({ trust_policy: renamed, mac })
        .where('role_id', '=', row.role_id)
        .execute()
      await putTrustPrincipals(db, changes, row.role_id, renamed)
      changes.identity(row.account_id)
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
        await renameInGrant(db, changes, row, { [column]: replacement })
      }
      if (rows.length < grantsPerSlice) break
      await otherWork()
    }
  }
}

/** A grant takes about 50 microseconds. */
const grantsPerSlice = 50

async function renameInGrant(
  db: Kysely<Schema>,
  changes: Changes,
  row: GrantRow & MacColumn,
  change: Partial<GrantRow>,
): Promise<void> {
  const renamed = changes.replaced(grantRows, row, { ...row, ...change })
  await db
    .updateTable('grants')
    .set({ ...change, mac: renamed.mac })
    .where('account_id', '=', row.account_id)
    .where('region', '=', row.region)
    .where('key_id', '=', row.key_id)
    .where('grant_id', '=', row.grant_id)
    .execute()
  changes.grantGone(toGrant(row))
  changes.grant(toGrant(renamed))
}
