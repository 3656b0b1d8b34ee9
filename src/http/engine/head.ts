import { ownText } from '../../std/index.ts'
import type { Headers, RequestHead } from './handler.ts'
import type { MessageParser } from './message-parser.ts'

/** The headers of a request. They have no prototype: a header may have the name of a member of objects. */
const NoMembers = function (this: object) {} as unknown as new () => Record<string, string | undefined>
NoMembers.prototype = Object.create(null)

/** A head whose framing is clear: both sides of the connection agree where its message ends. */
export class Head implements RequestHead {
  readonly method: string
  readonly target: string
  readonly headers: Headers
  repeated: RequestHead['repeated'] = undefined
  readonly keepsAlive: boolean
  /** Undefined for a chunked body. */
  readonly contentLengthBytes: number | undefined
  /** The Expect header of HTTP/1.1, in lower case. */
  readonly expectation: string | undefined

  constructor(parser: MessageParser, target: string, isHttp10: boolean) {
    this.method = parser.method
    this.target = target
    const headers = this.#readHeaders(parser)
    this.headers = headers
    this.keepsAlive = parser.keepsAlive && !saysClose(headers['connection'])
    const isChunked = headers['transfer-encoding'] !== undefined
    this.contentLengthBytes = isChunked ? undefined : Number(headers['content-length'] ?? 0)
    this.expectation = isHttp10 ? undefined : headers['expect']?.toLowerCase()
  }

  #readHeaders({ headText: text, spans, spanCount }: MessageParser): Headers {
    const headers = new NoMembers()
    for (let index = 2; index < 2 * spanCount; index += 4) {
      const name = lowerCaseName(text, index >> 2, spans[index] as number, spans[index + 1] as number)
      const start = spans[index + 2] as number
      const value = text.slice(start, trimmedEnd(text, start, spans[index + 3] as number))
      const earlier = headers[name]
      if (earlier === undefined) headers[name] = value
      else {
        headers[name] = `${earlier},${value}`
        if (name === 'host' || name === 'authorization') this.repeated = name
      }
    }
    return headers
  }
}

/**
 * Whether a Connection header has the option `close`. llhttp, in the version of undici, overlooks it before a tab, and Node's
 * does not (RFC 9110, 5.6.3: a tab is white space).
 */
function saysClose(connection: string | undefined): boolean {
  return connection !== undefined && /(?:^|,)[ \t]*close[ \t]*(?:,|$)/i.test(connection)
}

/**
 * Reads the complete head of a parser. Returns undefined for a head that llhttp accepts and that is refused here: a
 * version that is not 1.0 or 1.1, more than one space between the parts of the request line, CONNECT, and a
 * Transfer-Encoding other than one `chunked` in HTTP/1.1. llhttp itself refuses a second Content-Length.
 */
export function readHead(parser: MessageParser): Head | undefined {
  const { headText: text, spans } = parser
  const targetStart = spans[0] as number
  const targetEnd = spans[1] as number
  const isHttp10 = text.startsWith(' HTTP/1.0\r\n', targetEnd)
  if (!isHttp10 && !text.startsWith(' HTTP/1.1\r\n', targetEnd)) return undefined
  // llhttp takes several spaces. Others could read a different target.
  if (text.charCodeAt(targetStart - 2) === space) return undefined
  const head = new Head(parser, text.slice(targetStart, targetEnd), isHttp10)
  const coding = head.headers['transfer-encoding']
  if (coding !== undefined && (isHttp10 || coding.toLowerCase() !== 'chunked')) return undefined
  return head.method === 'CONNECT' ? undefined : head
}

const [space, tab] = [32, 9]

/** llhttp leaves out white space before a value, and not white space after it. */
function trimmedEnd(text: string, start: number, end: number): number {
  let trimmed = end
  while (trimmed > start) {
    const last = text.charCodeAt(trimmed - 1)
    if (last !== space && last !== tab) break
    trimmed--
  }
  return trimmed
}

/** Names as clients write them, by which they are found in lower case without making a text. */
const knownNames = new Map<string, string>()

for (const name of [
  'accept',
  'accept-encoding',
  'amz-sdk-invocation-id',
  'amz-sdk-request',
  'authorization',
  'connection',
  'content-length',
  'content-type',
  'date',
  'expect',
  'host',
  'transfer-encoding',
  'user-agent',
  'x-amz-content-sha256',
  'x-amz-date',
  'x-amz-security-token',
  'x-amz-target',
  'x-amz-user-agent',
]) {
  knownNames.set(name, name)
  knownNames.set(
    name.replace(/(?:^|-)[a-z]/g, start => start.toUpperCase()),
    name,
  )
}
knownNames.set('X-Amz-Content-SHA256', 'x-amz-content-sha256')

/**
 * The names at each place of the last head, as received and in lower case. Requests of one kind of client have the same names in
 * the same order, and comparing a text costs less than making one.
 */
const lastNames: string[] = []
const lastLowerNames: string[] = []

function lowerCaseName(text: string, place: number, start: number, end: number): string {
  const last = lastNames[place]
  if (last !== undefined && last.length === end - start && text.startsWith(last, start))
    return lastLowerNames[place] as string
  const name = ownText(text.slice(start, end))
  const lower = knownNames.get(name) ?? name.toLowerCase()
  lastNames[place] = name
  lastLowerNames[place] = lower
  return lower
}
