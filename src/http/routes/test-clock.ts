import { ServiceError } from '../../domain/index.ts'
import type { Millis } from '../../std/index.ts'

/** The clock of a server in test mode. */
export interface TestClock {
  /** Whether signatures are held against it, so that clients have to know it. */
  readonly judgesSignatures: boolean
  now(): Millis
  /** Sets it forward, and lets time do what is due. */
  advance(millis: number): Promise<Millis>
}

/** Where the clock of a server in test mode is read (GET) and set forward (POST). */
export const testClockPath = '/test/clock'

/** Ten years: the longest that anything of a key takes is seven. */
const advanceSecondsMax = 10 * 365 * 86_400

/** How far a body sets the clock forward, in milliseconds. Throws ValidationException. */
export function readAdvance(body: Buffer): number {
  const { advanceSeconds: seconds } = parseObject(body)
  if (typeof seconds === 'number' && seconds >= 0 && seconds <= advanceSecondsMax)
    return Math.round(seconds * 1000)
  throw new ServiceError(
    'ValidationException',
    `The body must be {"advanceSeconds": n}, with n from 0 to ${advanceSecondsMax}.`,
  )
}

export function renderClock(now: Millis): string {
  return JSON.stringify({ now: new Date(now).toISOString() })
}

/** Nothing else than an object has members. */
function parseObject(body: Buffer): { readonly [member: string]: unknown } {
  try {
    return Object(JSON.parse(body.toString('utf8')))
  } catch {
    return {}
  }
}
