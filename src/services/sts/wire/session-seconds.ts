import type { Principal } from '../../../domain/index.ts'

const defaultSeconds = 43_200
const ofRootSecondsMax = 3600

/** How long sessions from long-term credentials last: those of the account root an hour at most, whatever is asked for. */
export function longTermSessionSeconds(wanted: number | undefined, principal: Principal): number {
  const seconds = wanted ?? defaultSeconds
  return principal.type === 'Root' ? Math.min(seconds, ofRootSecondsMax) : seconds
}
