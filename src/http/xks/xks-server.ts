import type { Socket } from 'node:net'
import { type TlsDetails, XksRefusal } from '../../domain/index.ts'
import type { SigningSecret } from '../../identity/index.ts'
import { type Clock, type Metric, reading, systemClock } from '../../std/index.ts'
import type { ConnectionFacts } from '../connection.ts'
import { type BodyRefusal, Engine, type EngineLimits, type Exchange, headerLine } from '../engine/index.ts'
import { requestIdLine } from '../listener/write-answer.ts'
import { originForm, toWireRequest } from '../request.ts'
import { findHealthPath, type Readiness, renderHealth } from '../routes/health.ts'
import { unauthenticated, verifyXksSignature, type XksSigner } from './xks-signature.ts'

/** A request to the external key store proxy, as the wire hands it over. Nothing in it is trusted yet. */
export interface XksRequest {
  readonly method: string
  /** The part of the path after that of the proxy; undefined for a request to a different path. */
  readonly path: string | undefined
  readonly body: Buffer
  /** Returns who signed the request. Throws XksRefusal. */
  readonly authenticate: () => XksSigner
  readonly sourceIpAddress: string
  readonly userAgent: string | undefined
  readonly tlsDetails: TlsDetails | undefined
}

/** The answer to a request, as JSON. */
export interface XksAnswer {
  readonly status: number
  readonly requestId: string
  readonly body: string
}

/** The settings of an `XksServer`, and the parts that it works with. */
export interface XksServerOptions {
  readonly limits: EngineLimits
  /** The path of the proxy, which ends with `/kms/xks/v1`. */
  readonly uriPath: string
  /** The secrets of the credentials, by access key id. */
  readonly secrets: ReadonlyMap<string, SigningSecret>
  /** The clock that the dates of signatures are checked against. */
  readonly clock: Clock
  /** Answers a request. Never rejects. */
  readonly perform: (request: XksRequest) => Promise<XksAnswer>
  /** Refuses a request whose body was not received. Never rejects. */
  readonly refuse: (request: XksRequest, refusal: XksRefusal) => Promise<XksAnswer>
  readonly readiness: () => Readiness
}

/** The largest request of the API has some 20 KiB: texts of 2,048 characters, and the Base64 of 4,300 and 8,192 bytes. */
const bodySizeMaxBytes = 64 * 1024
const noBody = Buffer.alloc(0)
const answerLines = headerLine('Content-Type', 'application/json') + headerLine('Cache-Control', 'no-store')
const allowLine = headerLine('Allow', 'POST')

/** Serves the API of external key store proxies on the connections of a listener of its own. */
export class XksServer {
  readonly #options: XksServerOptions
  readonly #engine: Engine<ConnectionFacts>
  #isClosing = false

  constructor(options: XksServerOptions) {
    this.#options = options
    this.#engine = new Engine<ConnectionFacts>(
      {
        take: (exchange, body) => this.#take(exchange, body),
        refuseBody: (exchange, refusal) => this.#refuseBody(exchange, refusal),
        refusalHeaderLines: () => '',
        now: () => systemClock.now(),
      },
      { ...options.limits, bodySizeMaxBytes },
    )
  }

  /** Serves the requests of a connection. */
  serve(socket: Socket, facts: ConnectionFacts): void {
    this.#engine.serve(socket, facts)
  }

  get connectionsMax(): number {
    return this.#options.limits.connectionsMax
  }

  /** Counts a connection in the TLS handshake against the limit. Returns whether there is room for it. */
  reserve(): boolean {
    return this.#engine.reserve()
  }

  /** Ends what `reserve` began. */
  release(): void {
    this.#engine.release()
  }

  /** Returns the metrics of the connections. */
  metrics(): Metric[] {
    const engine = this.#engine
    return [
      reading(
        'gauge',
        'keyward_xks_proxy_connections',
        'Open connections of the external key store proxy.',
        () => engine.connectionCount,
      ),
    ]
  }

  /** Finishes the requests in flight, and closes their connections. Connections open after `graceMillis` are cut. */
  async close(graceMillis: number): Promise<void> {
    this.#isClosing = true
    await this.#engine.close(graceMillis)
  }

  #take(exchange: Exchange<ConnectionFacts>, body: Buffer): void {
    const healthPath = exchange.method === 'GET' ? findHealthPath(exchange.target) : undefined
    if (healthPath === undefined)
      this.#answerLater(exchange, this.#options.perform(this.#requestOf(exchange, body)))
    else {
      const readiness = this.#isClosing ? 'unavailable' : this.#options.readiness()
      exchange.answer(renderHealth(healthPath, readiness, []))
    }
  }

  #refuseBody(exchange: Exchange<ConnectionFacts>, refusal: BodyRefusal): undefined {
    const request = this.#requestOf(exchange, noBody)
    this.#answerLater(exchange, this.#options.refuse(request, bodyRefusals[refusal]()))
  }

  #requestOf(exchange: Exchange<ConnectionFacts>, body: Buffer): XksRequest {
    const { method, repeated, headers, facts } = exchange
    const { uriPath, secrets, clock } = this.#options
    const url = originForm(exchange.target)
    const isInside = url.startsWith(`${uriPath}/`)
    return {
      ...{ method, body },
      // The API has no query parameters, so a question mark makes a path that is not known.
      path: isInside ? url.slice(uriPath.length) : undefined,
      authenticate() {
        if (repeated !== undefined) throw unauthenticated(`the request has more than one header ${repeated}`)
        return verifyXksSignature(toWireRequest(exchange, url, body), secrets, clock.now())
      },
      sourceIpAddress: facts.remoteAddress,
      userAgent: headers['user-agent'],
      tlsDetails: facts.tls && { connection: facts.tls, clientProvidedHostHeader: headers['host'] },
    }
  }

  // A function of its own: the request is garbage while its answer waits for the audit log.
  #answerLater(exchange: Exchange<ConnectionFacts>, answer: Promise<XksAnswer>): void {
    void answer.then(({ status, requestId, body }) => {
      const lines = requestIdLine(requestId) + answerLines + (status === 405 ? allowLine : '')
      exchange.answer({ status, headerLines: lines, body })
    })
  }
}

const bodyRefusals: Readonly<Record<BodyRefusal, () => XksRefusal>> = {
  tooLarge: () =>
    new XksRefusal('ValidationException', `The request body is larger than ${bodySizeMaxBytes} bytes.`),
  tooManyBodies: () => new XksRefusal('ThrottlingException', 'Too many requests are being received at once.'),
}
