import type { Principal } from '../../../domain/index.ts'

const defaultSeconds = 43_200
const rootSecondsMax = 3600

/**
 * Returns the duration of a session of long-term credentials; for the account root, at most an hour even if more is
 * requested.
 */
export function longTermSessionSeconds(requested: number | undefined, principal: Principal): number {
  const seconds = requested ?? defaultSeconds
  return principal.type === 'Root' ? Math.min(seconds, rootSecondsMax) : seconds
}
