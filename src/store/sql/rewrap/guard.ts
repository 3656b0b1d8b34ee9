import type { Kysely } from 'kysely'
import type { Macs } from '../authenticity/macs.ts'
import type { Schema } from '../schema.ts'
import { toRewrap } from './rows.ts'

/**
 * Throws Error for a new token that is not under the current domain key of its domain: it was made before a rotation, and
 * nothing could open it once the key before is destroyed. While a re-wrapping goes through the tables such a token is taken,
 * because the check after it finds the token.
 */
export async function refuseRetired(
  db: Kysely<Schema>,
  { authenticator }: Macs,
  domain: string,
  tokens: readonly (Uint8Array | null | undefined)[],
): Promise<void> {
  const late = tokens.flatMap(token =>
    token && !authenticator.isCurrent(domain, token) ? [authenticator.domainKeyOf(token)] : [],
  )
  if (late.length === 0) return
  const row = await db.selectFrom('rewraps').selectAll().executeTakeFirst()
  const { phase, retiringIds } = row ? toRewrap(row) : { phase: undefined, retiringIds: [] }
  if (phase === 'rewrapping' && late.every(id => id !== undefined && retiringIds.includes(id))) return
  throw new Error(`a token is under a domain key of ${domain} that is no longer used; a new token is needed`)
}
