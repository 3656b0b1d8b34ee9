import { ServiceError } from '../../domain/index.ts'
import { type Millis, parseJson, uuid } from '../../std/index.ts'
import type { WireAnswer } from '../answer.ts'
import { awsJson } from '../protocols/aws-json.ts'
import type { WireRequest } from '../request.ts'
import { checkHost } from './browsers.ts'

/** The clock of a server in test mode. */
export interface TestClock {
  /** Whether signatures are checked against this clock, so that clients must know its time. */
  readonly judgesSignatures: boolean
  now(): Millis
  /** Sets the clock forward, and runs the jobs that fall due on the way. Returns the new time. */
  advance(millis: number): Promise<Millis>
}

/** The path where the clock of a server in test mode is read (GET) and set forward (POST). */
export const testClockPath = '/test/clock'

/** Ten years. The longest period in the life of a key, between two rotations, is seven years. */
const advanceSecondsMax = 10 * 365 * 86_400

/** Answers a request that reads the clock or sets it forward. Throws ServiceError. */
export async function answerClock(clock: TestClock, request: WireRequest): Promise<WireAnswer> {
  checkHost(request)
  // A web page cannot send this content type to a different site without a preflight request.
  const isSetting = request.method === 'POST' && request.headers['content-type'] === 'application/json'
  if (!isSetting && request.method !== 'GET') {
    throw new ServiceError(
      'UnknownOperationException',
      'Use GET, or POST with Content-Type application/json.',
    )
  }
  const now = isSetting ? await clock.advance(readAdvance(request.body)) : clock.now()
  const body = JSON.stringify({ now: new Date(now).toISOString() })
  return { status: 200, contentType: awsJson.contentType, body, requestId: uuid() }
}

/** Returns the milliseconds by which a body sets the clock forward. Throws ValidationException. */
function readAdvance(body: Buffer): number {
  const { advanceSeconds: seconds } = parseObject(body)
  if (typeof seconds === 'number' && seconds >= 0 && seconds <= advanceSecondsMax)
    return Math.round(seconds * 1000)
  throw new ServiceError(
    'ValidationException',
    `The body must be {"advanceSeconds": n}, with n from 0 to ${advanceSecondsMax}.`,
  )
}

/** Parses a JSON object; any other body counts as an object without members. */
function parseObject(body: Buffer): { readonly [member: string]: unknown } {
  try {
    return Object(parseJson(body.toString('utf8')))
  } catch {
    return {}
  }
}
