import type { WireAnswer } from '../answer.ts'
import { headerLine, type Reply } from '../engine/index.ts'

// Answers contain plaintext and keys, which no proxy may keep.
const cacheLine = headerLine('Cache-Control', 'no-cache, no-store, must-revalidate, private')

/** Renders an answer for the wire. */
export function toReply({ status, contentType, body, requestId, authorizationMessage }: WireAnswer): Reply {
  const lines = requestIdLine(requestId) + headerLine('Content-Type', contentType) + cacheLine
  if (authorizationMessage === undefined) return { status, headerLines: lines, body }
  // In a header, because clients compare the texts of AWS, which has no encoded message in these services.
  const details = headerLine('x-keyward-encoded-authorization-message', authorizationMessage)
  return { status, headerLines: lines + details, body }
}

/** The header line with the id of a request. */
export function requestIdLine(requestId: string): string {
  return headerLine('x-amzn-RequestId', requestId)
}
