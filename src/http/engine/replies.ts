import type { Reply } from './handler.ts'

/** The reason phrases of statuses (RFC 9110, 15). Clients use the number alone, and a phrase may be missing. */
const phrases: Readonly<Record<number, string>> = {
  200: 'OK',
  204: 'No Content',
  302: 'Found',
  304: 'Not Modified',
  400: 'Bad Request',
  401: 'Unauthorized',
  403: 'Forbidden',
  404: 'Not Found',
  405: 'Method Not Allowed',
  408: 'Request Timeout',
  409: 'Conflict',
  413: 'Payload Too Large',
  417: 'Expectation Failed',
  429: 'Too Many Requests',
  431: 'Request Header Fields Too Large',
  500: 'Internal Server Error',
  501: 'Not Implemented',
  503: 'Service Unavailable',
}

const statusLines = new Map(
  Object.entries(phrases).map(([status, phrase]) => [Number(status), `HTTP/1.1 ${status} ${phrase}\r\n`]),
)

/** The interim answer that asks for a body. */
export const continueText = 'HTTP/1.1 100 Continue\r\n\r\n'

/** The end of a head whose connection closes after the answer. */
const closeLines = 'Connection: close\r\n\r\n'

/** Renders answers. The Date header is made once a second. */
export class ReplyRenderer {
  readonly #now: () => number
  readonly #keepAliveLines: string
  #second = Number.NaN
  #dateLine = ''

  constructor(now: () => number, keepAliveTimeoutMillis: number) {
    this.#now = now
    const seconds = Math.floor(keepAliveTimeoutMillis / 1000)
    this.#keepAliveLines = `Connection: keep-alive\r\nKeep-Alive: timeout=${seconds}\r\n\r\n`
  }

  /** Returns a whole answer as text. An answer to HEAD has the head alone. `sizeBytes` is the size of the body on the wire. */
  render(
    { status, headerLines, body }: Reply,
    sizeBytes: number,
    isToHead: boolean,
    closes: boolean,
  ): string {
    const statusLine = statusLines.get(status) ?? `HTTP/1.1 ${status} \r\n`
    const end = closes ? closeLines : this.#keepAliveLines
    // An answer without content must not have a length, either (RFC 9110, 8.6). That of a 304 would be the content's.
    const length = status === 204 || status === 304 ? '' : `Content-Length: ${sizeBytes}\r\n`
    return statusLine + headerLines + length + this.#date() + end + (isToHead ? '' : body)
  }

  #date(): string {
    const now = this.#now()
    const second = Math.floor(now / 1000)
    if (second !== this.#second) {
      this.#second = second
      this.#dateLine = `Date: ${new Date(now).toUTCString()}\r\n`
    }
    return this.#dateLine
  }
}
