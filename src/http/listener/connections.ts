import type { ServerResponse } from 'node:http'
import type { Socket } from 'node:net'

/**
 * The limit on unanswered requests of a connection. SDKs wait for answers; a client that sends more would fill the
 * memory.
 */
const unansweredMax = 100

interface Connection {
  /** The answer to its last request. */
  last: ServerResponse
  unanswered: number
  /** Aborts when the connection has closed. Undefined until somebody asks for it. */
  gone?: AbortController
}

/** The requests of each connection that wait for an answer. */
export class Connections {
  readonly #bySocket = new WeakMap<Socket, Connection>()

  /** Counts a request of a connection. Cuts the connection and returns false if too many of its requests wait. */
  admit(socket: Socket, response: ServerResponse): boolean {
    const connection = this.#bySocket.get(socket)
    if (connection === undefined) {
      this.#bySocket.set(socket, { last: response, unanswered: 1 })
      return true
    }
    connection.last = response
    connection.unanswered++
    if (connection.unanswered <= unansweredMax) return true
    socket.destroy()
    return false
  }

  /** Counts a request as answered. */
  answered({ req }: ServerResponse): void {
    const connection = this.#bySocket.get(req.socket)
    if (connection !== undefined) connection.unanswered--
  }

  /**
   * Returns a signal that aborts when a connection has closed. All requests of a connection share it, because the answers to
   * those that wait for an earlier one have no socket yet and would not report the end.
   */
  goneSignalOf(socket: Socket): AbortSignal {
    const connection = this.#bySocket.get(socket)
    if (connection === undefined || socket.destroyed) return AbortSignal.abort()
    if (connection.gone === undefined) {
      const controller = new AbortController()
      connection.gone = controller
      socket.once('close', () => controller.abort())
    }
    return connection.gone.signal
  }

  /** Returns the answer to the last request of a connection. */
  lastOf(socket: Socket): ServerResponse | undefined {
    return this.#bySocket.get(socket)?.last
  }
}
