import type { WireAnswer } from '../answer.ts'
import { headerLine, type Reply } from '../engine/index.ts'

// Answers contain plaintext and keys, which no proxy may keep.
const cacheLine = headerLine('Cache-Control', 'no-cache, no-store, must-revalidate, private')

/** Renders an answer for the wire; `corsLines` are the header lines for a web page. */
export function toReply(answer: WireAnswer, corsLines: string): Reply {
  const { status, contentType, body, requestId, authorizationMessage, headerLines = '' } = answer
  const typeLine = contentType === undefined ? '' : typeLineOf(contentType)
  const lines = requestIdLine(requestId) + typeLine + cacheLine + corsLines + headerLines
  if (authorizationMessage === undefined) return { status, headerLines: lines, body }
  // In a header, because clients compare the texts of AWS, which has no encoded message in these services.
  const details = headerLine('x-keyward-encoded-authorization-message', authorizationMessage)
  return { status, headerLines: lines + details, body }
}

/** The header line with the id of a request, which is a UUID of ours. */
export function requestIdLine(requestId: string): string {
  return `x-amzn-RequestId: ${requestId}\r\n`
}

// The services have a few types of content.
const typeLines = new Map<string, string>()

function typeLineOf(contentType: string): string {
  const known = typeLines.get(contentType)
  if (known !== undefined) return known
  const line = headerLine('Content-Type', contentType)
  typeLines.set(contentType, line)
  return line
}
