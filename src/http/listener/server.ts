import type { Socket } from 'node:net'
import { ServiceError, toServiceError } from '../../domain/index.ts'
import { byLabel, type Metric, type Millis, reading, systemClock, uuid } from '../../std/index.ts'
import type { WireAnswer } from '../answer.ts'
import type { ConnectionFacts } from '../connection.ts'
import {
  answerConsole,
  isConsolePath,
  isVisit,
  type ServedConsole,
  toConsole,
} from '../console/answer-console.ts'
import {
  type BodyRefusal,
  Engine,
  type EngineLimits,
  type Exchange,
  engineLimitDefaults,
  headerLine,
  type Reply,
} from '../engine/index.ts'
import { originForm, toWireRequest, type WireRequest } from '../request.ts'
import { isLoopbackHost } from '../routes/browsers.ts'
import { findHealthPath, type Readiness, renderHealth } from '../routes/health.ts'
import { Routes, type RoutesOptions } from '../routes/routes.ts'
import { requestIdLine, toReply } from './write-answer.ts'

/** The parts that answer requests. */
export interface Served extends RoutesOptions {
  /** The notes that `/healthz` reports besides `ok`. */
  readonly healthNotes: readonly string[]
  readonly readiness: () => Readiness
  /** The web console; undefined if it is not served. Private endpoints never serve it, as they are for one service. */
  readonly webConsole?: ServedConsole | undefined
}

/** The settings of an `HttpServer`, and the parts that it works with. */
export interface HttpServerOptions extends Served {
  /** The limits of the wire; the defaults if absent. */
  readonly limits?: EngineLimits
}

const noBody = Buffer.alloc(0)
/** A body of at most this size is here soon. Judging its head twice costs more than receiving it. */
const smallBodyBytes = 64 * 1024

/** Reads whole requests from the connections of all listeners, hands them to the routes, and writes the answers. */
export class HttpServer {
  #served: Served
  #routes: Routes
  readonly #limits: EngineLimits
  readonly #engine: Engine<ConnectionFacts>
  #isClosing = false

  constructor(options: HttpServerOptions) {
    this.#served = options
    this.#routes = new Routes(options)
    this.#limits = options.limits ?? engineLimitDefaults
    this.#engine = new Engine<ConnectionFacts>(
      {
        judgeHead: exchange => this.#judgeHead(exchange),
        take: (exchange, body) => this.#take(exchange, body),
        refuseBody: (exchange, refusal) => this.#refuseBody(exchange, refusal),
        refusalHeaderLines: () => requestIdLine(uuid()),
        now: () => this.#now(),
      },
      this.#limits,
    )
  }

  /** Answers all further requests with other parts. Requests in flight keep theirs. */
  serveWith(served: Served): void {
    this.#served = served
    this.#routes = new Routes(served)
  }

  /** Serves the requests of a connection. Destroys it if its door has closed, such as during the handshake. */
  serve(socket: Socket, facts: ConnectionFacts): void {
    if (!isOver(facts)) {
      this.#engine.serve(socket, facts)
      return
    }
    socket.on('error', () => undefined)
    socket.destroy()
  }

  /**
   * Closes the connections whose door is over: idle ones now, others when the requests that they have sent are answered. Cuts
   * those that are open after `graceMillis`. Resolves when all have closed, save those that were retired before.
   */
  retire(graceMillis: number): Promise<void> {
    return this.#engine.retire(isOver, graceMillis)
  }

  /** Returns the metrics of the connections. */
  metrics(): Metric[] {
    const engine = this.#engine
    return [
      reading('gauge', 'keyward_http_connections', 'Open connections.', () => engine.connectionCount),
      reading(
        'counter',
        'keyward_http_connection_fates_total',
        'Connections so far: served, evicted to make room, and turned_away because there was none.',
        () => {
          const { served, evicted, turnedAway } = engine.connectionCounts
          return byLabel('fate', Object.entries({ served, evicted, turned_away: turnedAway }))
        },
      ),
      reading(
        'gauge',
        'keyward_http_held_bytes',
        'Memory that holds bodies which are being received, and answers that clients have not read.',
        () => byLabel('kind', Object.entries(engine.heldSizeBytes)),
      ),
    ]
  }

  get connectionsMax(): number {
    return this.#limits.connectionsMax
  }

  /** Counts a connection in the TLS handshake against the limit. Returns whether there is room for it. */
  reserve(): boolean {
    return this.#engine.reserve()
  }

  /** Ends what `reserve` began. */
  release(): void {
    this.#engine.release()
  }

  /** Finishes the requests in flight, and closes their connections. Connections open after `graceMillis` are cut. */
  async close(graceMillis: number): Promise<void> {
    this.#isClosing = true
    await this.#engine.close(graceMillis)
  }

  /** SDKs learn from the Date of an answer how far their own clocks are off. */
  #now(): Millis {
    const { testClock } = this.#served
    return testClock?.judgesSignatures === true ? testClock.now() : systemClock.now()
  }

  /** Refuses a large request while its body is on the way, or before the client sends it. */
  #judgeHead(exchange: Exchange<ConnectionFacts>): 'refused' | undefined {
    const { headers, target, repeated } = exchange
    const sizeBytes = Number(headers['content-length'] ?? Number.POSITIVE_INFINITY)
    const isTooLarge = headers['content-length'] !== undefined && sizeBytes > this.#limits.bodySizeMaxBytes
    const isSmall = sizeBytes <= smallBodyBytes && headers['expect'] === undefined
    if (isTooLarge || isSmall || repeated !== undefined) return undefined
    const request = toWireRequest(exchange, originForm(target), noBody)
    const refused = this.#routes.refuseByHead(request)
    if (refused === undefined) return undefined
    this.#answerLater(exchange, this.#routes.corsLinesFor(request), refused)
    return 'refused'
  }

  #take(exchange: Exchange<ConnectionFacts>, body: Buffer): void {
    const url = originForm(exchange.target)
    const healthPath = exchange.method === 'GET' ? findHealthPath(url) : undefined
    if (healthPath !== undefined) {
      const { readiness, healthNotes } = this.#served
      exchange.answer(renderHealth(healthPath, this.#isClosing ? 'unavailable' : readiness(), healthNotes))
      return
    }
    if (this.#answersConsole(exchange, url)) return
    const request = toWireRequest(exchange, url, body)
    if (exchange.repeated !== undefined) {
      this.#refuse(exchange, request, repeatedHeader(exchange.repeated))
      return
    }
    this.#answerLater(exchange, this.#routes.corsLinesFor(request), this.#routes.answer(request))
  }

  /** Answers a request for the web console. Returns whether it is one. */
  #answersConsole(exchange: Exchange<ConnectionFacts>, url: string): boolean {
    const { webConsole, refusesWebPages, onFault } = this.#served
    if (webConsole === undefined || exchange.facts.door?.endpoint !== undefined) return false
    // With authentication off, a page whose domain name points here could use the server (DNS rebinding).
    if (refusesWebPages && !isLoopbackHost(exchange.headers['host'] ?? '')) return false
    if (isVisit(exchange)) exchange.answer(toConsole)
    else if (!isConsolePath(url)) return false
    else {
      void answerConsole(exchange, url, webConsole).then(
        reply => exchange.answer(reply),
        error => {
          onFault(toServiceError(error), uuid())
          exchange.answer(unreadable)
        },
      )
    }
    return true
  }

  // A function of its own: the request is garbage while its answer waits for the audit log.
  #answerLater(exchange: Exchange<ConnectionFacts>, corsLines: string, answer: Promise<WireAnswer>): void {
    void answer.then(given => exchange.answer(toReply(given, corsLines)))
  }

  #refuseBody(exchange: Exchange<ConnectionFacts>, refusal: BodyRefusal): undefined {
    const request = toWireRequest(exchange, originForm(exchange.target), noBody)
    this.#refuse(exchange, request, this.#refusals[refusal]())
  }

  #refuse(exchange: Exchange<ConnectionFacts>, request: WireRequest, error: ServiceError): void {
    this.#answerLater(exchange, this.#routes.corsLinesFor(request), this.#routes.refuse(request, error))
  }

  readonly #refusals: Readonly<Record<BodyRefusal, () => ServiceError>> = {
    tooLarge: () =>
      new ServiceError(
        'RequestEntityTooLargeException',
        `The request body is larger than ${this.#limits.bodySizeMaxBytes} bytes.`,
      ),
    tooManyBodies: () =>
      new ServiceError('ServiceUnavailableException', 'Too many requests are being received at once.'),
  }
}

/** The answer if a built file of the console cannot be read. The log has the reason. */
const unreadable: Reply = {
  status: 500,
  headerLines: headerLine('Content-Type', 'text/plain; charset=utf-8'),
  body: 'A file of the console cannot be read.\n',
}

const isOver = ({ door }: ConnectionFacts) => door?.isOver === true

/** Refuses two values of which the signature covers both and a reader might use one (RFC 9112, 3.2, for Host). */
function repeatedHeader(name: 'host' | 'authorization'): ServiceError {
  return name === 'host'
    ? new ServiceError('InvalidSignatureException', 'The request has more than one Host header.')
    : new ServiceError('IncompleteSignatureException', 'The request has more than one Authorization header.')
}
