import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'
import { toServiceError } from '../../domain/index.ts'
import { OperatorError } from '../../std/index.ts'
import { originForm, toWireRequest } from '../request.ts'
import { findHealthPath, renderHealth } from '../routes/health.ts'
import { Routes, type RoutesOptions } from '../routes/routes.ts'
import { BodyReader } from './body.ts'
import { Connections } from './connections.ts'
import { refuseConnection, refuseExpectation } from './refuse-connection.ts'
import { remoteAddressOf } from './remote-address.ts'
import { writeAnswer, writeEarly } from './write-answer.ts'

/** The settings of an `HttpServer`, and the parts that it works with. */
export interface HttpServerOptions extends RoutesOptions {
  readonly host: string
  /** The port to listen on; 0 for any free port. */
  readonly port: number
  /** The notes that `/healthz` reports besides `ok`. */
  readonly healthNotes: readonly string[]
  readonly isReady: () => boolean
}

const limits = {
  headerSizeMaxBytes: 32 * 1024,
  headersMax: 100,
  headersTimeoutMillis: 10_000,
  requestTimeoutMillis: 30_000,
  keepAliveTimeoutMillis: 65_000,
  connectionsMax: 10_000,
}

const noHeaders: readonly string[] = []

/** The listener: it reads whole requests from sockets, hands them to the routes, and writes the answers. */
export class HttpServer {
  readonly #options: HttpServerOptions
  readonly #routes: Routes
  readonly #bodies = new BodyReader()
  readonly #connections = new Connections()
  readonly #server: Server
  #isClosing = false

  private constructor(options: HttpServerOptions) {
    this.#options = options
    this.#routes = new Routes(options)
    this.#server = createServer(
      {
        maxHeaderSize: limits.headerSizeMaxBytes,
        headersTimeout: limits.headersTimeoutMillis,
        requestTimeout: limits.requestTimeoutMillis,
        keepAliveTimeout: limits.keepAliveTimeoutMillis,
        connectionsCheckingInterval: 2000,
        noDelay: true,
        // A request without a Host is answered like any other faulty request.
        requireHostHeader: false,
      },
      (request, response) => this.#receive(request, response),
    )
    this.#server.maxHeadersCount = limits.headersMax
    this.#server.maxConnections = limits.connectionsMax
    // Read the address now: after a reset Node no longer knows it, and the audit record would lack it.
    this.#server.on('connection', (socket: Socket) => {
      // A socket that was reset before it was accepted has no address, but the data that it sent could still be read.
      if (remoteAddressOf(socket) === undefined) socket.destroy()
    })
    this.#server.on('clientError', (error: NodeJS.ErrnoException, socket: Socket) => {
      refuseConnection(error, socket, this.#connections.lastOf(socket))
    })
    this.#server.on('checkExpectation', (_request, response: ServerResponse) => refuseExpectation(response))
  }

  /** Starts to listen. Throws OperatorError if the address is not available. */
  static async listen(options: HttpServerOptions): Promise<HttpServer> {
    const http = new HttpServer(options)
    const { promise, resolve, reject } = Promise.withResolvers<void>()
    http.#server.once('error', error => reject(explainListenError(error, options)))
    http.#server.listen(options.port, options.host, resolve)
    await promise
    return http
  }

  /** The address of the server, such as `http://127.0.0.1:4599`. */
  get url(): string {
    const { address, family, port } = this.#server.address() as AddressInfo
    return `http://${family === 'IPv6' ? `[${address}]` : address}:${port}`
  }

  /** Accepts no new requests, finishes the requests in flight, and closes. Connections open after `graceMillis` are cut. */
  async close(graceMillis: number): Promise<void> {
    this.#isClosing = true
    const closed = Promise.withResolvers<void>()
    this.#server.close(() => closed.resolve())
    const cut = setTimeout(() => this.#server.closeAllConnections(), graceMillis)
    await closed.promise
    clearTimeout(cut)
  }

  #receive(message: IncomingMessage, response: ServerResponse): void {
    const url = originForm(message.url ?? '')
    const healthPath = message.method === 'GET' ? findHealthPath(url) : undefined
    if (healthPath !== undefined) {
      const isReady = this.#options.isReady() && !this.#isClosing
      const { status, headers, body } = renderHealth(healthPath, isReady, this.#options.healthNotes)
      response.writeHead(status, headers)
      response.end(body)
      return
    }
    const address = remoteAddressOf(message.socket)
    if (address === undefined) {
      message.socket.destroy()
      return
    }
    const { socket } = message
    if (!this.#connections.admit(socket, response)) return
    const clientGone = () => this.#connections.goneSignalOf(socket)
    this.#bodies.read(message, (body, refusal) => {
      const request = toWireRequest(message, address, url, body ?? Buffer.alloc(0), clientGone)
      if (body === undefined) {
        writeEarly(message, response, this.#routes.refuse(request, toServiceError(refusal)))
        return
      }
      void this.#routes.answer(request).then(answer => {
        writeAnswer(response, answer, this.#moreHeaders())
        this.#connections.answered(response)
      })
    })
  }

  #moreHeaders(): readonly string[] {
    const { testClock } = this.#options
    const headers = this.#isClosing ? ['Connection', 'close'] : noHeaders
    // SDKs learn from the Date how far their own clocks are off.
    return testClock?.judgesSignatures === true
      ? [...headers, 'Date', new Date(testClock.now()).toUTCString()]
      : headers
  }
}

function explainListenError(error: Error, { host, port }: HttpServerOptions): Error {
  const { code } = error as NodeJS.ErrnoException
  if (code === 'EADDRINUSE') {
    return new OperatorError(
      `Port ${port} on ${host} is in use by another program. Set KEYWARD_PORT to a different port.`,
    )
  }
  return new OperatorError(`Keyward cannot listen on ${host} port ${port}: ${error.message}`)
}
