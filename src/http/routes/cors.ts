import { uuid } from '../../std/index.ts'
import type { WireAnswer } from '../answer.ts'
import { headerLine } from '../engine/index.ts'
import type { WireRequest } from '../request.ts'

/** The web pages that may call the server: all, or those of the origins in the set. */
export type CorsOrigins = '*' | ReadonlySet<string>

// The headers and their values are those of AWS KMS (recorded from AWS: an OPTIONS request to kms.us-east-1.amazonaws.com).
// IAM and STS answer alike. No answer allows credentials: a page needs keys of its own to sign with.

const exposeLine = headerLine(
  'Access-Control-Expose-Headers',
  'x-amzn-RequestId,x-amzn-ErrorType,x-amzn-ErrorMessage,Date',
)
const everyoneLines = headerLine('Access-Control-Allow-Origin', '*') + exposeLine
const varyLine = headerLine('Vary', 'origin')

/** Returns the header lines for an answer to a page, so that it can be read there; requests of others have none. */
export function corsLinesFor(origins: CorsOrigins | undefined, { headers }: WireRequest): string {
  const origin = headers['origin']
  if (origin === undefined || origins === undefined) return ''
  if (origins === '*') return everyoneLines
  return origins.has(origin)
    ? headerLine('Access-Control-Allow-Origin', origin) + exposeLine + varyLine
    : varyLine
}

/** Whether a request asks what a page may send (Fetch standard, "CORS-preflight request"), and the page may call. */
export function isPreflight(origins: CorsOrigins, { method, headers, path }: WireRequest): boolean {
  const origin = headers['origin']
  return (
    method === 'OPTIONS' &&
    path === '/' &&
    origin !== undefined &&
    headers['access-control-request-method'] !== undefined &&
    (origins === '*' || origins.has(origin))
  )
}

/** How long a browser may remember the answer; browsers have a lower limit of their own. */
const maxAgeSeconds = 172_800

const tokens = /^[\w!#$%&'*+.^`|~-]+(?:[ \t]*,[ \t]*[\w!#$%&'*+.^`|~-]+)*$/

/**
 * Answers a preflight request: every header that the page asks for is allowed, as in AWS. It is no call of an operation and
 * changes nothing, so it needs no signature, which browsers could not send with it, and has no record.
 */
export function answerPreflight({ headers }: WireRequest): WireAnswer {
  const asked = headers['access-control-request-headers'] ?? ''
  const allowLine = tokens.test(asked) ? headerLine('Access-Control-Allow-Headers', asked) : ''
  const headerLines =
    allowLine +
    headerLine('Access-Control-Allow-Methods', 'POST') +
    headerLine('Access-Control-Max-Age', String(maxAgeSeconds))
  return { status: 200, contentType: undefined, body: '', requestId: uuid(), headerLines }
}
