import type { Kysely } from 'kysely'
import type { Scope } from '../../../domain/index.ts'
import { globalDomain } from '../../../domain/index.ts'
import { inSlices, isJsonObject, parseJson } from '../../../std/index.ts'
import type { Changes } from '../changes.ts'
import type { Schema } from '../schema.ts'
import { keyColumns } from '../scope.ts'
import { keyPrincipalRows, trustPrincipalRows } from './rows.ts'

/** Replaces the principals that are recorded for the policy of a key. */
export async function putKeyPrincipals(
  db: Kysely<Schema>,
  changes: Changes,
  scope: Scope,
  keyId: string,
  policy: string,
): Promise<void> {
  const columns = keyColumns(scope, keyId)
  await deleteKeyPrincipals(db, changes, scope, keyId)
  await inSlices(principalsIn(policy), rowsPerSlice, async names => {
    const rows = names.map(principal => changes.inserted(keyPrincipalRows, { ...columns, principal }))
    await db.insertInto('key_policy_principals').values(rows).execute()
  })
}

/** Deletes the principals that are recorded for the policy of a key. */
export async function deleteKeyPrincipals(
  db: Kysely<Schema>,
  changes: Changes,
  { accountId, region }: Scope,
  keyId: string,
): Promise<void> {
  const deletion = db
    .deleteFrom('key_policy_principals')
    .where('account_id', '=', accountId)
    .where('region', '=', region)
    .where('key_id', '=', keyId)
  changes.removed(region, await deletion.returning('mac').execute())
}

/** Replaces the principals that are recorded for the trust policy of a role. */
export async function putTrustPrincipals(
  db: Kysely<Schema>,
  changes: Changes,
  roleId: string,
  policy: string,
): Promise<void> {
  await deleteTrustPrincipals(db, changes, roleId)
  await inSlices(principalsIn(policy), rowsPerSlice, async names => {
    const rows = names.map(principal => changes.inserted(trustPrincipalRows, { role_id: roleId, principal }))
    await db.insertInto('trust_policy_principals').values(rows).execute()
  })
}

/** Deletes the principals that are recorded for the trust policy of a role. */
export async function deleteTrustPrincipals(
  db: Kysely<Schema>,
  changes: Changes,
  roleId: string,
): Promise<void> {
  const deletion = db.deleteFrom('trust_policy_principals').where('role_id', '=', roleId)
  changes.removed(globalDomain, await deletion.returning('mac').execute())
}

/** A policy of the largest size can name some hundred principals. */
const rowsPerSlice = 50

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
  if (!isJsonObject(policy)) return undefined
  const { Statement: found } = policy
  let isChanged = false
  const replaced = (name: unknown) => {
    const other =
      typeof name === 'string' ? replace(name.replace(/^arn:aws(-[a-z-]+)?:/, 'arn:aws:')) : undefined
    isChanged ||= other !== undefined
    return other ?? name
  }
  for (const statement of Array.isArray(found) ? found : [found]) {
    if (!isJsonObject(statement)) continue
    for (const element of ['Principal', 'NotPrincipal']) {
      const principals = statement[element]
      if (!isJsonObject(principals)) continue
      const { AWS: names } = principals
      if (names !== undefined)
        principals['AWS'] = Array.isArray(names) ? names.map(replaced) : replaced(names)
    }
  }
  return isChanged ? JSON.stringify(policy, null, 2) : undefined
}

function parse(text: string): unknown {
  try {
    return parseJson(text)
  } catch {
    return undefined
  }
}
