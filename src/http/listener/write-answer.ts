import type { IncomingMessage, ServerResponse } from 'node:http'
import type { WireAnswer } from '../answer.ts'

/** The time that a client whose body was refused may go on sending it before the connection is cut. */
const refusedBodyMillis = 2000

/** Writes an answer. `more` are further headers, as alternating names and values. */
export function writeAnswer(
  response: ServerResponse,
  { status, contentType, body, requestId, authorizationMessage }: WireAnswer,
  more: readonly string[],
): void {
  const sizeBytes = Buffer.byteLength(body)
  const headers = [
    'x-amzn-RequestId',
    requestId,
    'Content-Type',
    contentType,
    'Content-Length',
    String(sizeBytes),
    // Answers contain plaintext and keys, which no proxy may keep.
    'Cache-Control',
    'no-cache, no-store, must-revalidate, private',
  ]
  // In a header, because clients compare the texts of AWS, which has no encoded message in these services.
  if (authorizationMessage !== undefined)
    headers.push('x-keyward-encoded-authorization-message', authorizationMessage)
  if (more.length > 0) headers.push(...more)
  response.writeHead(status, headers)
  // A body with as many bytes as characters is ASCII, which Node writes faster as Latin-1.
  response.end(body, sizeBytes === body.length ? 'latin1' : 'utf8')
}

/**
 * Answers before the body has arrived. The answer ends only when the rest of the body is discarded or its time is over:
 * a client whose connection is cut while it sends may never read the reason.
 */
export function writeEarly(
  message: IncomingMessage,
  response: ServerResponse,
  { status, contentType, body, requestId }: WireAnswer,
): void {
  response.writeHead(status, {
    'x-amzn-RequestId': requestId,
    'Content-Type': contentType,
    'Content-Length': Buffer.byteLength(body),
    Connection: 'close',
  })
  response.write(body)
  const finish = () => response.end()
  const timer = setTimeout(finish, refusedBodyMillis)
  message.once('close', () => {
    clearTimeout(timer)
    finish()
  })
  message.once('end', finish)
}
