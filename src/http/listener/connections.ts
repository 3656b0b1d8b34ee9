import type { ServerResponse } from 'node:http'
import type { Socket } from 'node:net'

/** No SDK sends on before it has its answers, so a connection with more unanswered requests is cut: it would fill the memory. */
const unansweredMax = 100

interface Connection {
  /** The answer to its last request. */
  last: ServerResponse
  unanswered: number
}

/** The requests of each connection that wait for an answer. */
export class Connections {
  readonly #bySocket = new WeakMap<Socket, Connection>()

  /** Counts a request in. Returns false, and cuts the connection, where too many of its requests wait. */
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

  answered({ req }: ServerResponse): void {
    const connection = this.#bySocket.get(req.socket)
    if (connection !== undefined) connection.unanswered--
  }

  /** The answer to the last request of a connection. */
  lastOf(socket: Socket): ServerResponse | undefined {
    return this.#bySocket.get(socket)?.last
  }
}
