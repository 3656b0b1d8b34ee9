import type { Kysely } from 'kysely'
import type { Scope } from '../../../domain/index.ts'
import { inSlices } from '../../../std/index.ts'
import type { Schema } from '../schema.ts'
import { keyColumns } from '../scope.ts'

/** Replaces the principals that are recorded for the policy of a key. */
export async function putKeyPrincipals(
  db: Kysely<Schema>,
  scope: Scope,
  keyId: string,
  policy: string,
): Promise<void> {
  const columns = keyColumns(scope, keyId)
  await db
    .deleteFrom('key_policy_principals')
    .where('account_id', '=', columns.account_id)
    .where('region', '=', columns.region)
    .where('key_id', '=', columns.key_id)
    .execute()
  await inSlices(principalsIn(policy), rowsPerSlice, async names => {
    const rows = names.map(principal => ({ ...columns, principal }))
    await db.insertInto('key_policy_principals').values(rows).execute()
  })
}

/** Replaces the principals that are recorded for the trust policy of a role. */
export async function putTrustPrincipals(db: Kysely<Schema>, roleId: string, policy: string): Promise<void> {
  await db.deleteFrom('trust_policy_principals').where('role_id', '=', roleId).execute()
  await inSlices(principalsIn(policy), rowsPerSlice, async names => {
    const rows = names.map(principal => ({ role_id: roleId, principal }))
    await db.insertInto('trust_policy_principals').values(rows).execute()
  })
}

/** A policy of the largest size can name some hundred principals. */
const rowsPerSlice = 50

type JsonObject = Record<string, unknown>

const isObject = (value: unknown): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** Returns the ARNs of the principals that a policy names, each once; none for a policy that cannot be read. */
export function principalsIn(text: string): string[] {
  const names = new Set<string>()
  replacePrincipals(text, name => {
    if (name.startsWith('arn:')) names.add(name)
    return undefined
  })
  return [...names]
}

/**
 * Returns the policy with other names for some of its AWS principals; undefined if no principal gets a different name.
 * `replace` gets each name, whose partition is `aws` whatever partition the policy writes: see parsePrincipalArn.
 */
export function replacePrincipals(
  text: string,
  replace: (name: string) => string | undefined,
): string | undefined {
  const policy = parse(text)
  if (!isObject(policy)) return undefined
  const { Statement: found } = policy
  let isChanged = false
  const replaced = (name: unknown) => {
    const other =
      typeof name === 'string' ? replace(name.replace(/^arn:aws(-[a-z-]+)?:/, 'arn:aws:')) : undefined
    isChanged ||= other !== undefined
    return other ?? name
  }
  for (const statement of Array.isArray(found) ? found : [found]) {
    if (!isObject(statement)) continue
    for (const element of ['Principal', 'NotPrincipal']) {
      const principals = statement[element]
      if (!isObject(principals)) continue
      const { AWS: names } = principals
      if (names !== undefined)
        principals['AWS'] = Array.isArray(names) ? names.map(replaced) : replaced(names)
    }
  }
  return isChanged ? JSON.stringify(policy, null, 2) : undefined
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
