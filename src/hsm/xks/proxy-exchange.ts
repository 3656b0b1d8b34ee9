import { Buffer } from 'node:buffer'
import type { Dispatcher } from 'undici'
import { XksFailure, xksLimits } from '../../domain/index.ts'
import { monotonicMillis } from '../../std/index.ts'
import type { ProxyConnection, ProxyRequest } from './proxy-connection.ts'
import { malformed } from './proxy-failure.ts'
import type { ProxyPool } from './proxy-pool.ts'

/** An answer with its whole body. */
export interface ProxyAnswer {
  readonly status: number
  readonly body: Buffer
  /** The time that it took, handshakes included. */
  readonly millis: number
}

/** The longest answer. The ciphertext, which is the longest part of any, has 5,736 characters. */
const answerSizeMaxBytes = 64 * 1024

/** The codes of connections that the other side closed. */
const closedCodes: readonly unknown[] = ['ECONNRESET', 'EPIPE', 'UND_ERR_SOCKET']

/** Returns the failure of a call that takes too long. */
export const tooLate = () => new XksFailure('timeout', `no answer within ${xksLimits.callMillis} ms`)

/**
 * Sends a request and returns the answer, whatever its status. `deadline` is a moment of `monotonicMillis`. A kept connection that the proxy
 * has closed is no failure: the request goes over a new one. Rejects with XksFailure.
 */
export function exchange(
  pool: ProxyPool,
  request: ProxyRequest,
  deadline: number,
  isRepeated = false,
): Promise<ProxyAnswer> {
  const began = monotonicMillis()
  if (deadline <= began) return Promise.reject(tooLate())
  const { promise, resolve, reject } = Promise.withResolvers<ProxyAnswer>()
  const connection = pool.take()
  const sent = new Exchange(connection, {
    answered: (status, body) => {
      pool.giveBack(connection)
      resolve({ status, body, millis: monotonicMillis() - began })
    },
    failed: reject,
    closed: failure => {
      if (isRepeated) return reject(failure)
      // If the proxy was restarted, it has closed all the others, too.
      pool.closeFree()
      resolve(exchange(pool, request, deadline, true))
    },
  })
  sent.send(request, deadline - began)
  return promise
}

/** The ways in which an exchange ends. */
interface Ends {
  answered(status: number, body: Buffer): void
  failed(failure: XksFailure): void
  /** The proxy has closed a kept connection before it answered. */
  closed(failure: XksFailure): void
}

/** One request and its answer. */
class Exchange implements Dispatcher.DispatchHandler {
  readonly #connection: ProxyConnection
  readonly #ends: Ends
  #timer: NodeJS.Timeout | undefined
  #isOver = false
  #status = 0
  readonly #chunks: Buffer[] = []
  #sizeBytes = 0

  constructor(connection: ProxyConnection, ends: Ends) {
    this.#connection = connection
    this.#ends = ends
  }

  send(request: ProxyRequest, leftMillis: number): void {
    this.#timer = setTimeout(() => this.#fail(tooLate()), leftMillis)
    this.#connection.send(request, this)
  }

  onRequestStart(): void {}

  onResponseStart(_: unknown, status: number): void {
    // An interim answer (RFC 9110, section 15.2) comes before the answer.
    if (status >= 200) this.#status = status
  }

  onResponseData(_: unknown, chunk: Buffer): void {
    this.#sizeBytes += chunk.length
    if (this.#sizeBytes > answerSizeMaxBytes)
      this.#fail(malformed(`the answer has more than ${answerSizeMaxBytes} bytes`))
    else this.#chunks.push(chunk)
  }

  onResponseEnd(): void {
    if (!this.#end()) return
    const [first, ...others] = this.#chunks
    const body = first === undefined || others.length > 0 ? Buffer.concat(this.#chunks) : first
    this.#ends.answered(this.#status, body)
  }

  onResponseError(_: unknown, error: Error & { readonly code?: string }): void {
    const connection = this.#connection
    const isClosed = connection.isKept && this.#status === 0 && closedCodes.includes(error.code)
    const failure =
      this.#status === 0 ? connection.failureOf(error) : malformed(`the answer breaks off: ${error.message}`)
    if (!isClosed) this.#fail(failure)
    else if (this.#end()) {
      connection.destroy()
      this.#ends.closed(failure)
    }
  }

  #fail(failure: XksFailure): void {
    if (!this.#end()) return
    this.#ends.failed(failure)
    this.#connection.destroy()
  }

  /** Returns whether the exchange was not over before: a connection that is destroyed reports an error of its own. */
  #end(): boolean {
    if (this.#isOver) return false
    this.#isOver = true
    clearTimeout(this.#timer)
    return true
  }
}
