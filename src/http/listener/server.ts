import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'
import { ServiceError, toServiceError } from '../../domain/index.ts'
import type { Caller, Pipeline, Service, ServiceClaims } from '../../pipeline/index.ts'
import { OperatorError, uuid } from '../../std/index.ts'
import { awsJson, routeJson } from '../protocols/aws-json.ts'
import type { Protocol } from '../protocols/protocol.ts'
import { isQuery, QueryProtocol } from '../protocols/query/aws-query.ts'
import { readAdvance, renderClock, type TestClock, testClockPath } from '../routes/test-clock.ts'
import { BodyReader } from './body.ts'
import { checkLoopbackHost, checkNotFromPage } from './browsers.ts'
import { refuseConnection, refuseExpectation } from './refuse-connection.ts'
import { remoteAddressOf } from './remote-address.ts'
import { originForm, toWireRequest, type WireHeaders, type WireRequest } from './request.ts'

/** The settings of an `HttpServer`, and the parts that it works with. */
export interface HttpServerOptions {
  readonly host: string
  /** 0 for any free port. */
  readonly port: number
  readonly services: readonly Service[]
  readonly pipeline: Pipeline
  /** Returns the authenticated caller of a request. Throws ServiceError. */
  readonly authenticate: (request: WireRequest, serviceName: string) => Caller | Promise<Caller>
  /** Whether to refuse foreign Host headers: with authentication off, web pages must not call the server. */
  readonly checkHost: boolean
  /** The notes that `/healthz` returns with its status. */
  readonly healthNotes: readonly string[]
  readonly isReady: () => boolean
  /** A clock that clients may set forward; undefined outside of test mode. */
  readonly testClock: TestClock | undefined
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
  /** The answer to the last request. */
  last: ServerResponse
  unanswered: number
}

/** The listener: it receives HTTP requests, hands calls to the pipeline and sends the answers. */
export class HttpServer {
  readonly #options: HttpServerOptions
  readonly #jsonServices: ReadonlyMap<string, Service>
  readonly #query: QueryProtocol
  readonly #bodies = new BodyReader()
  readonly #server: Server
  readonly #connections = new WeakMap<Socket, Connection>()
  #isClosing = false

  private constructor(options: HttpServerOptions) {
    this.#options = options
    const jsonServices = options.services.filter(service => service.protocol === 'json')
    this.#jsonServices = new Map(jsonServices.map(service => [service.targetPrefix, service]))
    this.#query = new QueryProtocol(options.services)
    this.#server = createServer(
      {
        maxHeaderSize: limits.headerSizeMaxBytes,
        headersTimeout: limits.headersTimeoutMillis,
        requestTimeout: limits.requestTimeoutMillis,
        keepAliveTimeout: limits.keepAliveTimeoutMillis,
        connectionsCheckingInterval: 2000,
        noDelay: true,
        // A request without a Host header gets an answer like any other invalid request.
        requireHostHeader: false,
      },
      (request, response) => this.#receive(request, response),
    )
    this.#server.maxHeadersCount = limits.headersMax
    this.#server.maxConnections = limits.connectionsMax
    // Read the address now: after a reset Node no longer knows it, and the audit record would lack it.
    this.#server.on('connection', (socket: Socket) => {
      // A connection that was reset before it was accepted has no address, but its data could still be read.
      if (remoteAddressOf(socket) === undefined) socket.destroy()
    })
    this.#server.on('clientError', (error: NodeJS.ErrnoException, socket: Socket) => {
      refuseConnection(error, socket, this.#connections.get(socket)?.last)
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

  /** The URL of the server, such as `http://127.0.0.1:4599`. */
  get url(): string {
    const { address, family, port } = this.#server.address() as AddressInfo
    return `http://${family === 'IPv6' ? `[${address}]` : address}:${port}`
  }

  /** Accepts no new requests, finishes those in flight and closes; after `graceMillis` it cuts the open connections. */
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
    const address = remoteAddressOf(message.socket)
    if (address === undefined) {
      message.socket.destroy()
      return
    }
    if (!this.#admit(message.socket, response)) return
    this.#bodies.read(message, (body, refusal) => {
      const request = toWireRequest(message, address, url, body ?? Buffer.alloc(0))
      const protocol = isQuery(request) ? this.#query.anonymous : awsJson
      if (body === undefined) {
        this.#refuseBody(message, response, protocol, toServiceError(refusal))
        return
      }
      this.#perform(request, protocol, response).catch(error => this.#fail(response, protocol, error))
    })
  }

  /** Counts a request. SDKs wait for answers; a connection with very many unanswered requests is cut to save memory. */
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

  async #perform(request: WireRequest, spoken: Protocol, response: ServerResponse): Promise<void> {
    const { testClock } = this.#options
    if (testClock !== undefined && request.path === testClockPath) {
      await this.#answerClock(testClock, request, response)
      return
    }
    const isJson = spoken === awsJson
    this.#checkWire(request, isJson)
    const route = isJson ? routeJson(request, this.#jsonServices) : this.#query.route(request)
    const { service, operation, protocol, readInput } = route
    const answer = await this.#options.pipeline.perform({
      service,
      operation,
      authenticate: () => this.#options.authenticate(request, service.name),
      readInput,
      sourceIpAddress: request.remoteAddress,
      userAgent: request.headers['user-agent'],
      referer: request.headers['referer'],
      isSecure: false,
      serviceClaims: readServiceClaims(request.headers),
    })
    const { requestId, output, error } = answer
    if (error !== undefined) this.#sendError(response, protocol, error, requestId)
    else
      this.#send(
        response,
        200,
        protocol.contentType,
        protocol.renderOutput(operation, output, requestId),
        requestId,
      )
  }

  async #answerClock(clock: TestClock, request: WireRequest, response: ServerResponse): Promise<void> {
    checkLoopbackHost(request)
    // A browser cannot send this content type to a different site without a preflight request.
    const isSetting = request.method === 'POST' && request.headers['content-type'] === 'application/json'
    if (!isSetting && request.method !== 'GET') {
      throw new ServiceError(
        'UnknownOperationException',
        'Use GET, or POST with Content-Type application/json.',
      )
    }
    const now = isSetting ? await clock.advance(readAdvance(request.body)) : clock.now()
    this.#send(response, 200, awsJson.contentType, renderClock(now), uuid())
  }

  #checkWire(request: WireRequest, isJson: boolean): void {
    const hasMethod = request.method === 'POST' || (request.method === 'GET' && !isJson)
    if (!hasMethod || request.path !== '/') {
      throw new ServiceError('UnknownOperationException', undefined, { reason: 'not POST /' })
    }
    if (!this.#options.checkHost) return
    checkLoopbackHost(request)
    if (!isJson) checkNotFromPage(request)
  }

  #fail(response: ServerResponse, protocol: Protocol, thrown: unknown): void {
    const error = toServiceError(thrown)
    if (error.cause !== undefined) this.#options.onFault(error)
    this.#sendError(response, protocol, error, uuid())
  }

  #sendError(response: ServerResponse, protocol: Protocol, error: ServiceError, requestId: string): void {
    const { status, body } = protocol.renderError(error, requestId)
    this.#send(response, status, protocol.contentType, body, requestId)
  }

  #send(
    response: ServerResponse,
    status: number,
    contentType: string,
    body: string,
    requestId: string,
  ): void {
    const sizeBytes = Buffer.byteLength(body)
    const headers = [
      'x-amzn-RequestId',
      requestId,
      'Content-Type',
      contentType,
      'Content-Length',
      String(sizeBytes),
      // Answers hold plaintext and keys, so no proxy may store them.
      'Cache-Control',
      'no-cache, no-store, must-revalidate, private',
    ]
    if (this.#isClosing) headers.push('Connection', 'close')
    const { testClock } = this.#options
    // SDKs use this header to correct their own clocks.
    if (testClock?.judgesSignatures === true) headers.push('Date', new Date(testClock.now()).toUTCString())
    response.writeHead(status, headers)
    // A body with as many bytes as characters is ASCII, which Node writes faster as Latin-1.
    response.end(body, sizeBytes === body.length ? 'latin1' : 'utf8')
    this.#answered(response)
  }

  /**
   * Answers before the whole body has arrived, but ends the answer only after the rest of the body is discarded or its
   * time is over: a client that is cut off while it sends may never read the answer.
   */
  #refuseBody(
    message: IncomingMessage,
    response: ServerResponse,
    protocol: Protocol,
    error: ServiceError,
  ): void {
    const requestId = uuid()
    const { status, body } = protocol.renderError(error, requestId)
    response.writeHead(status, {
      'x-amzn-RequestId': requestId,
      'Content-Type': protocol.contentType,
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

/** The headers with which an AWS service names the principal and resource of its call; undefined if there are none. */
function readServiceClaims(headers: WireHeaders): ServiceClaims | undefined {
  const onBehalfOf = headers['x-amz-keyward-on-behalf-of']
  const sourceArn = headers['x-amz-source-arn']
  const sourceAccount = headers['x-amz-source-account']
  if (onBehalfOf === undefined && sourceArn === undefined && sourceAccount === undefined) return undefined
  return { onBehalfOf, sourceArn, sourceAccount }
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
