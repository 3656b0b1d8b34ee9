import { type Kysely, sql } from 'kysely'
import { assumedRoleArn, type Grant } from '../../domain/index.ts'
import type { Change } from '../contract/store.ts'
import { toGrant } from './rows.ts'
import type { Schema } from './schema.ts'

/**
 * Puts another text in the place of a user's or role's ARN wherever key policies, trust policies and grants name it: its
 * new ARN when it is renamed, its id when it is deleted. AWS keeps ids and shows ARNs, to the same effect (IAM user guide,
 * "AWS JSON policy elements: Principal"). Returns what it changed.
 */
export async function renamePrincipal(
  db: Kysely<Schema>,
  arn: string,
  replacement: string,
): Promise<Change[]> {
  return [
    ...(await renameInKeyPolicies(db, arn, replacement)),
    ...(await renameInTrustPolicies(db, arn, replacement)),
    ...(await renameInGrants(db, arn, replacement)),
  ]
}

/**
 * Whether a column's JSON may have the ARN: where it has the name, or escapes, which could write it. More may be found than
 * has it: to `like`, `_` stands for any character.
 */
function mayName(column: string, arn: string) {
  const name = `%${arn.slice(arn.lastIndexOf('/') + 1)}%`
  return sql<boolean>`(${sql.ref(column)} like ${name} or replace(${sql.ref(column)}, ${'\\'}, '') <> ${sql.ref(column)})`
}

async function renameInKeyPolicies(db: Kysely<Schema>, arn: string, replacement: string): Promise<Change[]> {
  const changes: Change[] = []
  const rows = await db
    .selectFrom('kms_keys')
    .select(['account_id', 'region', 'key_id', 'policy'])
    .where(mayName('policy', arn))
    .execute()
  for (const row of rows) {
    const policy = renameInPolicy(row.policy, arn, replacement)
    if (policy === undefined) continue
    await db
      .updateTable('kms_keys')
      .set({ policy })
      .where('account_id', '=', row.account_id)
      .where('region', '=', row.region)
      .where('key_id', '=', row.key_id)
      .execute()
    const scope = { accountId: row.account_id, region: row.region }
    changes.push({ type: 'key', scope, keyId: row.key_id })
  }
  return changes
}

async function renameInTrustPolicies(
  db: Kysely<Schema>,
  arn: string,
  replacement: string,
): Promise<Change[]> {
  const changes: Change[] = []
  const rows = await db
    .selectFrom('iam_roles')
    .select(['account_id', 'role_id', 'trust_policy'])
    .where(mayName('trust_policy', arn))
    .execute()
  for (const row of rows) {
    const policy = renameInPolicy(row.trust_policy, arn, replacement)
    if (policy === undefined) continue
    await db
      .updateTable('iam_roles')
      .set({ trust_policy: policy })
      .where('role_id', '=', row.role_id)
      .execute()
    changes.push({ type: 'identity', accountId: row.account_id, userName: undefined })
  }
  return changes
}

/**
 * Puts ids in the place of the ARNs of a role's sessions, wherever grants name them, as `renamePrincipal` does with the
 * role's: sessions of one that is made anew are others (recorded from AWS). Returns what it changed.
 */
export async function renameSessions(
  db: Kysely<Schema>,
  accountId: string,
  roleName: string,
  roleId: string,
): Promise<Change[]> {
  const prefix = assumedRoleArn(accountId, roleName, '')
  const named = new Set<string>()
  for (const column of partyColumns) {
    // To `like`, `_` stands for any character, so more may be found than begins with the prefix.
    const rows = await db.selectFrom('grants').select(column).where(column, 'like', `${prefix}%`).execute()
    for (const { [column]: arn } of rows as readonly Partial<Record<typeof column, string | null>>[]) {
      if (arn?.startsWith(prefix)) named.add(arn)
    }
  }
  const changes: Change[] = []
  for (const arn of named) {
    changes.push(...(await renameInGrants(db, arn, `${roleId}:${arn.slice(prefix.length)}`)))
  }
  return changes
}

const partyColumns = ['grantee_principal', 'retiring_principal'] as const

async function renameInGrants(db: Kysely<Schema>, arn: string, replacement: string): Promise<Change[]> {
  const changes: Change[] = []
  for (const column of partyColumns) {
    const rows = await db.selectFrom('grants').selectAll().where(column, '=', arn).execute()
    await db
      .updateTable('grants')
      .set({ [column]: replacement })
      .where(column, '=', arn)
      .execute()
    for (const row of rows) {
      const told = (grant: Grant, isGone: boolean): Change => ({ type: 'grant', grant, isGone })
      changes.push(told(toGrant(row), true), told(toGrant({ ...row, [column]: replacement }), false))
    }
  }
  return changes
}

type JsonObject = Record<string, unknown>

const isObject = (value: unknown): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** The policy with the text replaced in its principals; undefined where they do not have it. */
function renameInPolicy(text: string, arn: string, replacement: string): string | undefined {
  const policy: unknown = JSON.parse(text)
  if (!isObject(policy)) return undefined
  const { Statement: found } = policy
  let isChanged = false
  const rename = (name: unknown) => {
    // Principals are known by the ARNs of one partition: see parsePrincipalArn.
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
