import { ServiceError } from '../../domain/index.ts'
import { type Millis, uuid } from '../../std/index.ts'
import type { WireAnswer } from '../listener/answer.ts'
import { checkLoopbackHost } from '../listener/browsers.ts'
import type { WireRequest } from '../listener/request.ts'
import { awsJson } from '../protocols/aws-json.ts'

/** The clock of a server in test mode. */
export interface TestClock {
  /** Whether the dates of signatures are compared with it, so that clients have to know it. */
  readonly judgesSignatures: boolean
  now(): Millis
  /** Sets it forward, and does what falls due on the way. */
  advance(millis: number): Promise<Millis>
}

/** The path where the clock of a server in test mode is read (GET) and set forward (POST). */
export const testClockPath = '/test/clock'

/** Ten years: the longest that anything of a key takes is seven. */
const advanceSecondsMax = 10 * 365 * 86_400

/** Reads the clock or sets it forward. Throws ServiceError. */
export async function answerClock(clock: TestClock, request: WireRequest): Promise<WireAnswer> {
  checkLoopbackHost(request)
  // A browser cannot send this type to a different site without asking it first.
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

/** How far a body sets the clock forward, in milliseconds. Throws ValidationException. */
function readAdvance(body: Buffer): number {
  const { advanceSeconds: seconds } = parseObject(body)
  if (typeof seconds === 'number' && seconds >= 0 && seconds <= advanceSecondsMax)
    return Math.round(seconds * 1000)
  throw new ServiceError(
    'ValidationException',
    `The body must be {"advanceSeconds": n}, with n from 0 to ${advanceSecondsMax}.`,
  )
}

/** Only an object has members. */
function parseObject(body: Buffer): { readonly [member: string]: unknown } {
  try {
    return Object(JSON.parse(body.toString('utf8')))
  } catch {
    return {}
  }
}
