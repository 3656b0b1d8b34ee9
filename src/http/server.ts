import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'
import { ServiceError, toServiceError } from '../domain/index.ts'
import type { Caller, Pipeline, Service } from '../pipeline/index.ts'
import { OperatorError, uuid } from '../std/index.ts'
import { contentType, readJsonBody, renderError, renderOutput, route } from './aws-json.ts'
import { BodyReader } from './body.ts'
import { readHeaders, type WireRequest } from './request.ts'

export interface HttpServerOptions {
  readonly host: string
  /** 0 for one that is free. */
  readonly port: number
  readonly services: readonly Service[]
  readonly pipeline: Pipeline
  /** Proves who sent a request. Throws ServiceError. */
  readonly authenticate: (request: WireRequest, serviceName: string) => Caller | Promise<Caller>
  /** Refuses a Host header that is not the server's own: with authentication off, a browser must not be led here. */
  readonly checkHost: boolean
  /** What `/healthz` tells besides `ok`. */
  readonly healthNotes: readonly string[]
  readonly isReady: () => boolean
  readonly onFault: (error: ServiceError) => void
}

const limits = {
  headerSizeMaxBytes: 32 * 1024,
  headersMax: 100,
  headersTimeoutMillis: 10_000,
  requestTimeoutMillis: 30_000,
  keepAliveTimeoutMillis: 65_000,
  connectionsMax: 10_000,
  refusedBodyMillis: 2000,
  pipelinedRequestsMax: 100,
}

interface Connection {
  /** The answer to its last request. */
  last: ServerResponse
  unanswered: number
}

/** The listener: HTTP in, calls to the pipeline, answers out. */
export class HttpServer {
  readonly #options: HttpServerOptions
  readonly #services: ReadonlyMap<string, Service>
  readonly #bodies = new BodyReader()
  readonly #server: Server
  readonly #connections = new WeakMap<Socket, Connection>()
  #isClosing = false

  private constructor(options: HttpServerOptions) {
    this.#options = options
    this.#services = new Map(options.services.map(service => [service.targetPrefix, service]))
    this.#server = createServer(
      {
        maxHeaderSize: limits.headerSizeMaxBytes,
        headersTimeout: limits.headersTimeoutMillis,
        requestTimeout: limits.requestTimeoutMillis,
        keepAliveTimeout: limits.keepAliveTimeoutMillis,
        connectionsCheckingInterval: 2000,
        noDelay: true,
        // A request without a Host is answered like any other that is wrong.
        requireHostHeader: false,
      },
      (request, response) => this.#receive(request, response),
    )
    this.#server.maxHeadersCount = limits.headersMax
    this.#server.maxConnections = limits.connectionsMax
    // Asked for while it is there to be had: Node keeps it, and a reset takes it away from the audit record.
    this.#server.on('connection', (socket: Socket) => {
      // One that was reset before it was accepted has no address any more, but what it sent could still be read.
      if (socket.remoteAddress === undefined) socket.destroy()
    })
    this.#server.on('clientError', (error: NodeJS.ErrnoException, socket: Socket) => {
      refuseConnection(error, socket, this.#connections.get(socket)?.last)
    })
    this.#server.on('checkExpectation', (_request, response: ServerResponse) => refuseExpectation(response))
  }

  /** Listens. Throws OperatorError where the address cannot be had. */
  static async listen(options: HttpServerOptions): Promise<HttpServer> {
    const http = new HttpServer(options)
    const { promise, resolve, reject } = Promise.withResolvers<void>()
    http.#server.once('error', error => reject(explainListenError(error, options)))
    http.#server.listen(options.port, options.host, resolve)
    await promise
    return http
  }

  /** Such as `http://127.0.0.1:4599`. */
  get url(): string {
    const { address, family, port } = this.#server.address() as AddressInfo
    return `http://${family === 'IPv6' ? `[${address}]` : address}:${port}`
  }

  /** Takes no new requests, finishes those in flight, and closes; connections still open after `graceMillis` are cut. */
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
    if (message.method === 'GET' && (url === '/healthz' || url === '/readyz')) {
      this.#answerHealth(url, response)
      return
    }
    if (!this.#admit(message.socket, response)) return
    this.#bodies.read(message, (body, refusal) => {
      if (body === undefined) {
        this.#refuseBody(message, response, toServiceError(refusal))
        return
      }
      this.#perform(toWireRequest(message, url, body), response).catch(error => this.#fail(response, error))
    })
  }

  /**
   * Counts a request of a connection in; no SDK sends on before it has its answers, so a connection with very many
   * unanswered ones is cut rather than let fill the memory.
   */
  #admit(socket: Socket, response: ServerResponse): boolean {
    const connection = this.#connections.get(socket)
    if (connection === undefined) {
      this.#connections.set(socket, { last: response, unanswered: 1 })
      return true
    }
    connection.last = response
    connection.unanswered++
    if (connection.unanswered <= limits.pipelinedRequestsMax) return true
    socket.destroy()
    return false
  }

  #answered({ req }: ServerResponse): void {
    const connection = this.#connections.get(req.socket)
    if (connection !== undefined) connection.unanswered--
  }

  async #perform(request: WireRequest, response: ServerResponse): Promise<void> {
    this.#checkWire(request)
    const { service, operation } = route(request, this.#services)
    const answer = await this.#options.pipeline.perform({
      service,
      operation,
      authenticate: () => this.#options.authenticate(request, service.name),
      readInput: () => readJsonBody(request.body),
      sourceIpAddress: request.remoteAddress,
      userAgent: request.headers['user-agent'],
    })
    if (answer.error === undefined) this.#send(response, 200, renderOutput(answer.output), answer.requestId)
    else this.#sendError(response, answer.error, answer.requestId)
  }

  #checkWire(request: WireRequest): void {
    if (request.method !== 'POST' || request.path !== '/') {
      throw new ServiceError('UnknownOperationException', undefined, { reason: 'not POST /' })
    }
    if (this.#options.checkHost && !isLoopbackHost(request.headers['host'] ?? '')) {
      throw new ServiceError('AccessDeniedException', 'The Host header does not name this server.')
    }
  }

  #fail(response: ServerResponse, thrown: unknown): void {
    const error = toServiceError(thrown)
    if (error.cause !== undefined) this.#options.onFault(error)
    this.#sendError(response, error, uuid())
  }

  #sendError(response: ServerResponse, error: ServiceError, requestId: string): void {
    this.#send(response, error.status, renderError(error), requestId)
  }

  #send(response: ServerResponse, status: number, body: string, requestId: string): void {
    const sizeBytes = Buffer.byteLength(body)
    const headers = [
      'x-amzn-RequestId',
      requestId,
      'Content-Type',
      contentType,
      'Content-Length',
      String(sizeBytes),
      // Answers hold plaintext and keys; nothing on the way may keep one.
      'Cache-Control',
      'no-cache, no-store, must-revalidate, private',
    ]
    if (this.#isClosing) headers.push('Connection', 'close')
    response.writeHead(status, headers)
    // As many bytes as characters is ASCII, which Node writes faster as Latin-1.
    response.end(body, sizeBytes === body.length ? 'latin1' : 'utf8')
    this.#answered(response)
  }

  /**
   * Answers before the body has come, but ends the answer only when the rest of it has been thrown away or has had its
   * time: a client that is cut off while it sends may never read why.
   */
  #refuseBody(message: IncomingMessage, response: ServerResponse, error: ServiceError): void {
    const body = renderError(error)
    response.writeHead(error.status, {
      'x-amzn-RequestId': uuid(),
      'Content-Type': contentType,
      'Content-Length': Buffer.byteLength(body),
      Connection: 'close',
    })
    response.write(body)
    const finish = () => response.end()
    const timer = setTimeout(finish, limits.refusedBodyMillis)
    message.once('close', () => {
      clearTimeout(timer)
      finish()
    })
    message.once('end', finish)
  }

  #answerHealth(url: string, response: ServerResponse): void {
    const isHealthy = url === '/healthz' || (this.#options.isReady() && !this.#isClosing)
    const body = JSON.stringify({
      status: isHealthy ? 'ok' : 'unavailable',
      notes: this.#options.healthNotes,
    })
    response.writeHead(isHealthy ? 200 : 503, {
      'Content-Type': 'application/json',
      'Cache-Control': 'no-store',
    })
    response.end(body)
  }
}

/** The target may also be a whole URL (RFC 9112, 3.2.2); its host says nothing that the Host header does not. */
function originForm(url: string): string {
  return url.startsWith('/') ? url : url.replace(/^https?:\/\/[^/?#]*\/?/i, '/')
}

function toWireRequest(message: IncomingMessage, url: string, body: Buffer): WireRequest {
  const question = url.indexOf('?')
  return {
    method: message.method ?? '',
    path: question < 0 ? url : url.slice(0, question),
    query: question < 0 ? '' : url.slice(question + 1),
    headers: readHeaders(message),
    body,
    remoteAddress: message.socket.remoteAddress ?? '',
  }
}

function isLoopbackHost(host: string): boolean {
  return /^(?:localhost|127(?:\.\d{1,3}){3}|\[::1\])(?::\d{1,5})?$/i.test(host)
}

/**
 * What is not HTTP, or too much of it, or too slow, ends the connection with the status that says so; but first goes the
 * answer to a request before it, which must not be taken for this one's.
 */
function refuseConnection(
  error: NodeJS.ErrnoException,
  socket: Socket,
  pending: ServerResponse | undefined,
): void {
  if (pending?.req.complete === true && !pending.writableFinished && !pending.destroyed) {
    pending.once('close', () => socket.destroySoon())
    return
  }
  if (!socket.writable || socket.destroyed) {
    socket.destroy()
    return
  }
  const statuses: Record<string, string> = {
    HPE_HEADER_OVERFLOW: '431 Request Header Fields Too Large',
    ERR_HTTP_REQUEST_TIMEOUT: '408 Request Timeout',
  }
  const status = statuses[error.code ?? ''] ?? '400 Bad Request'
  socket.write(
    `HTTP/1.1 ${status}\r\nx-amzn-RequestId: ${uuid()}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n`,
  )
  // Not end(): a client that never closes its side would keep the connection for good.
  socket.destroySoon()
}

function refuseExpectation(response: ServerResponse): void {
  response.writeHead(417, { 'x-amzn-RequestId': uuid(), 'Content-Length': 0, Connection: 'close' })
  response.end()
}

function explainListenError(error: Error, { host, port }: HttpServerOptions): Error {
  const { code } = error as NodeJS.ErrnoException
  if (code === 'EADDRINUSE') {
    return new OperatorError(
      `Port ${port} on ${host} is taken by another program. Set KEYWARD_PORT to another one.`,
    )
  }
  return new OperatorError(`Keyward cannot listen on ${host} port ${port}: ${error.message}`)
}
