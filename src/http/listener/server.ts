import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import { toServiceError } from '../../domain/index.ts'
import type { ConnectionFacts } from '../connection.ts'
import { originForm, toWireRequest } from '../request.ts'
import { findHealthPath, renderHealth } from '../routes/health.ts'
import { Routes, type RoutesOptions } from '../routes/routes.ts'
import { BodyReader } from './body.ts'
import { Connections } from './connections.ts'
import { refuseConnection, refuseExpectation } from './refuse-connection.ts'
import { writeAnswer, writeEarly } from './write-answer.ts'

/** The settings of an `HttpServer`, and the parts that it works with. */
export interface HttpServerOptions extends RoutesOptions {
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

/** Reads whole requests from the connections of all listeners, hands them to the routes, and writes the answers. */
export class HttpServer {
  readonly #options: HttpServerOptions
  readonly #routes: Routes
  readonly #bodies = new BodyReader()
  readonly #connections = new Connections()
  readonly #server: Server
  readonly #facts = new WeakMap<Socket, ConnectionFacts>()
  readonly #open = new Set<Socket>()
  #isClosing = false

  constructor(options: HttpServerOptions) {
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
    // Node checks the time limits of a server from then on.
    this.#server.emit('listening')
    this.#server.maxHeadersCount = limits.headersMax
    this.#server.on('clientError', (error: NodeJS.ErrnoException, socket: Socket) => {
      refuseConnection(error, socket, this.#connections.lastOf(socket))
    })
    this.#server.on('checkExpectation', (_request, response: ServerResponse) => refuseExpectation(response))
  }

  /** Serves the requests of a connection. */
  serve(socket: Socket, facts: ConnectionFacts): void {
    if (this.#isClosing || this.#open.size >= limits.connectionsMax) {
      socket.destroy()
      return
    }
    this.#facts.set(socket, facts)
    this.#open.add(socket)
    socket.once('close', () => this.#open.delete(socket))
    this.#server.emit('connection', socket)
  }

  /** Finishes the requests in flight, and closes their connections. Connections open after `graceMillis` are cut. */
  async close(graceMillis: number): Promise<void> {
    this.#isClosing = true
    this.#server.closeIdleConnections()
    const cut = setTimeout(() => this.#cut(), graceMillis)
    await this.#allClosed()
    clearTimeout(cut)
  }

  #cut(): void {
    for (const socket of this.#open) socket.destroy()
  }

  async #allClosed(): Promise<void> {
    await Promise.all(Array.from(this.#open, socket => new Promise(closed => socket.once('close', closed))))
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
    const { socket } = message
    const facts = this.#facts.get(socket)
    if (facts === undefined) return
    if (!this.#connections.admit(socket, response)) return
    const clientGone = () => this.#connections.goneSignalOf(socket)
    this.#bodies.read(message, (body, refusal) => {
      const request = toWireRequest(message, facts, url, body ?? Buffer.alloc(0), clientGone)
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
