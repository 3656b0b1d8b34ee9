/** Header values by lower-case name; the values of a repeated header are joined with commas in their order. */
export type Headers = Readonly<Record<string, string | undefined>>

/** The head of a request: its request line and its headers. */
export interface RequestHead {
  readonly method: string
  /** The request target as received: a path, an absolute URL or `*`. */
  readonly target: string
  readonly headers: Headers
  /**
   * The name of a header that a request has at most once and that this one has twice, `host` or `authorization`. No part
   * of the server may act on one of two values while a proxy or a signature means the other.
   */
  readonly repeated: 'host' | 'authorization' | undefined
}

/** An answer. The engine adds Content-Length, Date and Connection. */
export interface Reply {
  readonly status: number
  /** Header lines, each made by `headerLine`. */
  readonly headerLines: string
  readonly body: string
  /** Whether each character of the body is one byte, as Latin-1. The body is UTF-8 if absent. */
  readonly isBinary?: boolean
}

/** A request with its place in the order of answers. */
export interface Exchange<Facts> extends RequestHead {
  /** The facts about its connection, as given to `serve`. */
  readonly facts: Facts
  /** Answers the request, once. The answer leaves when all earlier requests of the connection are answered. */
  answer(reply: Reply): void
  /**
   * Returns the signal that aborts when the connection has closed. All requests of a connection share the function and
   * the signal.
   */
  readonly clientGone: () => AbortSignal
}

/** The reason why a body is refused: it is too large, or all bodies together are. */
export type BodyRefusal = 'tooLarge' | 'tooManyBodies'

/**
 * The part that answers requests. The engine calls it outside of the parser, so it may answer at once, use other
 * connections and throw.
 */
export interface RequestHandler<Facts> {
  /**
   * Judges a request by its head, while its body has not arrived whole. A reply refuses the request: it goes out at once,
   * the rest of the body is discarded, and the connection closes. So does `'refused'`, after which the handler answers the
   * exchange. Undefined asks for the body, and for `100 Continue`, if the client waits for it. It is not called for a
   * request that arrives in one piece, which `take` must judge.
   */
  readonly judgeHead?: (exchange: Exchange<Facts>) => Reply | 'refused' | undefined
  /** Takes a whole request, and answers it now or later. */
  readonly take: (exchange: Exchange<Facts>, body: Buffer) => void
  /** Returns the reply to a request whose body is refused; undefined if the handler answers the exchange later. */
  readonly refuseBody: (exchange: Exchange<Facts>, refusal: BodyRefusal) => Reply | undefined
  /** Returns the header lines of the answers that the engine gives by itself, such as 400 for what is not HTTP. */
  readonly refusalHeaderLines: () => string
  /** Returns the time for the Date header. */
  readonly now: () => number
}

const unsafe = /[^\t\x20-\x7e]/

/** Returns a header line. Throws for a value that could end the line, or that is not ASCII. */
export function headerLine(name: string, value: string): string {
  if (unsafe.test(value))
    throw new Error(`the value of the header ${name} has a character that headers cannot have`)
  return `${name}: ${value}\r\n`
}
