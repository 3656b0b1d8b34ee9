import { ServiceError } from '../../domain/index.ts'
import type { Millis } from '../../std/index.ts'

/** The clock of a server in test mode. */
export interface TestClock {
  /** Whether the dates of signatures are checked against this clock, so that clients have to know it. */
  readonly judgesSignatures: boolean
  now(): Millis
  /** Sets the clock forward, does the work that becomes due, and returns the new time. */
  advance(millis: number): Promise<Millis>
}

/** The path at which clients read the clock of a server in test mode (GET) and set it forward (POST). */
export const testClockPath = '/test/clock'

/** Ten years; the longest period in the life of a key is seven years. */
const advanceSecondsMax = 10 * 365 * 86_400

/** Reads from a body how far to set the clock forward, in milliseconds. Throws ValidationException. */
export function readAdvance(body: Buffer): number {
  const { advanceSeconds: seconds } = parseObject(body)
  if (typeof seconds === 'number' && seconds >= 0 && seconds <= advanceSecondsMax)
    return Math.round(seconds * 1000)
  throw new ServiceError(
    'ValidationException',
    `The body must be {"advanceSeconds": n}, with n from 0 to ${advanceSecondsMax}.`,
  )
}

/** Renders the time of the clock as JSON. */
export function renderClock(now: Millis): string {
  return JSON.stringify({ now: new Date(now).toISOString() })
}

/** Parses a body; a value that is not an object has no members. */
function parseObject(body: Buffer): { readonly [member: string]: unknown } {
  try {
    return Object(JSON.parse(body.toString('utf8')))
  } catch {
    return {}
  }
}
