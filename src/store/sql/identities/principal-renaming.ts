import { type Kysely, sql } from 'kysely'
import { assumedRoleArn } from '../../../domain/index.ts'
import type { Changes } from '../changes.ts'
import { grantRows, toGrant } from '../grants/rows.ts'
import { changeKey } from '../keys/key-macs.ts'
import type { Schema } from '../schema.ts'
import { roleRows } from './rows.ts'

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

/**
 * Whether the JSON in a column may contain the ARN: it contains the name, or escapes, which could spell the name. This also
 * finds rows without the ARN, because `_` stands for any character to `like`.
 */
function mayName(column: string, arn: string) {
  const name = `%${arn.slice(arn.lastIndexOf('/') + 1)}%`
  return sql<boolean>`(${sql.ref(column)} like ${name} or replace(${sql.ref(column)}, ${'\\'}, '') <> ${sql.ref(column)})`
}

async function renameInKeyPolicies(
  db: Kysely<Schema>,
  changes: Changes,
  arn: string,
  replacement: string,
): Promise<void> {
  const rows = await db
    .selectFrom('kms_keys')
    .select(['account_id', 'region', 'key_id', 'policy'])
    .where(mayName('policy', arn))
    .execute()
  for (const row of rows) {
    const policy = renameInPolicy(row.policy, arn, replacement)
    if (policy === undefined) continue
    const update = db
      .updateTable('kms_keys')
      .set({ policy })
      .where('account_id', '=', row.account_id)
      .where('region', '=', row.region)
      .where('key_id', '=', row.key_id)
    const scope = { accountId: row.account_id, region: row.region }
    await changeKey(db, changes, scope, row.key_id, () => update.execute())
    changes.key(scope, row.key_id)
  }
}

async function renameInTrustPolicies(
  db: Kysely<Schema>,
  changes: Changes,
  arn: string,
  replacement: string,
): Promise<void> {
  const rows = await db.selectFrom('iam_roles').selectAll().where(mayName('trust_policy', arn)).execute()
  for (const row of rows) {
    const policy = renameInPolicy(row.trust_policy, arn, replacement)
    if (policy === undefined) continue
    const { mac } = changes.replaced(roleRows, row, { ...row, trust_policy: policy })
    await db
      .updateTable('iam_roles')
      .set({ trust_policy: policy, mac })
      .where('role_id', '=', row.role_id)
      .execute()
    changes.identity(row.account_id)
  }
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
    // To `like`, `_` stands for any character, so the query can find ARNs that do not begin with the prefix.
    const rows = await db.selectFrom('grants').select(column).where(column, 'like', `${prefix}%`).execute()
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
    const rows = await db.selectFrom('grants').selectAll().where(column, '=', arn).execute()
    for (const row of rows) {
      const renamed = changes.replaced(grantRows, row, { ...row, [column]: replacement })
      await db
        .updateTable('grants')
        .set({ [column]: replacement, mac: renamed.mac })
        .where('account_id', '=', row.account_id)
        .where('region', '=', row.region)
        .where('key_id', '=', row.key_id)
        .where('grant_id', '=', row.grant_id)
        .execute()
      changes.grantGone(toGrant(row))
      changes.grant(toGrant(renamed))
    }
  }
}

type JsonObject = Record<string, unknown>

const isObject = (value: unknown): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** Returns the policy with the ARN replaced in its principals; undefined if they do not contain it. */
function renameInPolicy(text: string, arn: string, replacement: string): string | undefined {
  const policy: unknown = JSON.parse(text)
  if (!isObject(policy)) return undefined
  const { Statement: found } = policy
  let isChanged = false
  const rename = (name: unknown) => {
    // The ARN of a principal has the partition `aws`, whatever partition a policy writes: see parsePrincipalArn.
    if (typeof name !== 'string' || name.replace(/^arn:aws(-[a-z-]+)?:/, 'arn:aws:') !== arn) return name
    isChanged = true
    return replacement
  }
  for (const statement of Array.isArray(found) ? found : [found]) {
    if (!isObject(statement)) continue
    for (const element of ['Principal', 'NotPrincipal']) {
      const principals = statement[element]
      if (!isObject(principals)) continue
      const { AWS: names } = principals
      if (names !== undefined) principals['AWS'] = Array.isArray(names) ? names.map(rename) : rename(names)
    }
  }
  return isChanged ? JSON.stringify(policy, null, 2) : undefined
}
