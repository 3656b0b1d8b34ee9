import type { Socket } from 'node:net'
import { isFileTrouble, OperatorError, readDirectly } from '../std/index.ts'
import {
  type AnswerLine,
  OperatorProblem,
  type OperatorRequest,
  operatorLimits,
  readRequest,
} from './protocol.ts'

/** The functions that a connection calls. */
export interface ConnectionEvents {
  /** Performs the request, and returns the last line of the answer. Never rejects. */
  perform(request: OperatorRequest, connection: Connection): Promise<AnswerLine>
  /** The connection has closed. */
  closed(connection: Connection): void
}

const noBytes = Buffer.alloc(0)

/** A connection of the operator socket: it takes one request and gives one answer. */
export class Connection {
  readonly #socket: Socket
  readonly #events: ConnectionEvents
  readonly #gone = new AbortController()
  readonly #deadline: NodeJS.Timeout
  /** The bytes of the request so far. */
  #received = noBytes
  #hasRequest = false

  constructor(socket: Socket, events: ConnectionEvents) {
    this.#socket = socket
    this.#events = events
    this.#deadline = setTimeout(() => this.drop(), operatorLimits.requestMillis)
    // Reads of other kinds leave a copy of a passphrase or a share in memory that Node frees.
    const take = (chunk: Buffer) => this.#take(chunk)
    if (!readDirectly(socket, take)) socket.on('data', take)
    socket.on('error', () => socket.destroy())
    socket.once('end', () => this.#gone.abort())
    socket.once('close', () => {
      clearTimeout(this.#deadline)
      // A request that is performed, or waits for its turn, still needs its secrets; it is wiped when it is done.
      if (!this.#hasRequest) this.#wipe()
      this.#gone.abort()
      events.closed(this)
    })
    socket.resume()
  }

  /** Whether a whole request has come, so that the connection waits for its answer. */
  get hasRequest(): boolean {
    return this.#hasRequest
  }

  /** Aborts when nobody waits for the answer any more. */
  get gone(): AbortSignal {
    return this.#gone.signal
  }

  /** Ends the work for the request, whose answer is still sent. */
  abort(): void {
    this.#gone.abort()
  }

  /** Cuts the connection. */
  drop(): void {
    this.#socket.destroy()
  }

  /** Sends the answer, and closes. */
  finish(line: AnswerLine): void {
    if (this.#socket.writable) this.#socket.write(`${JSON.stringify(line)}\n`)
    this.#socket.end()
    // A client that does not read its answer gets as long as it had for the request.
    this.#socket.setTimeout(operatorLimits.requestMillis, () => this.drop())
  }

  #take(chunk: Buffer): void {
    if (this.#hasRequest) {
      chunk.fill(0)
      return
    }
    const isTooLarge = this.#received.length + chunk.length > operatorLimits.requestSizeMax
    const received = isTooLarge ? noBytes : Buffer.concat([this.#received, chunk])
    // The bytes may be a passphrase or a share: no copy stays behind.
    chunk.fill(0)
    this.#wipe()
    this.#received = received
    try {
      if (isTooLarge)
        throw new OperatorProblem('BadRequest', 'The request on the operator socket is too large.')
      const request = readRequest(received)
      if (request !== undefined) this.#begin(request)
    } catch (error) {
      this.#hasRequest = true
      this.#wipe()
      this.finish(problemOf(error))
    }
  }

  #begin(request: OperatorRequest): void {
    this.#hasRequest = true
    clearTimeout(this.#deadline)
    void this.#events.perform(request, this).then(line => {
      this.#wipe()
      this.finish(line)
    })
  }

  #wipe(): void {
    this.#received.fill(0)
  }
}

/** Returns the line that reports an error to the operator. */
export function problemOf(error: unknown): AnswerLine {
  if (isFileTrouble(error))
    return {
      problem: {
        code: 'FileTrouble',
        text: `The server cannot use its files: ${error.message}. Repair that, and give the command again.`,
      },
    }
  if (!(error instanceof OperatorError))
    return {
      problem: { code: 'InternalError', text: 'The server failed at this; its log has the cause.' },
    }
  const { code = 'Refused', message } = error as OperatorError & { readonly code?: unknown }
  return { problem: { code: String(code), text: message } }
}
