import type { Socket } from 'node:net'
import { expositionType, systemClock } from '../../std/index.ts'
import type { ConnectionFacts } from '../connection.ts'
import {
  Engine,
  type EngineLimits,
  type Exchange,
  engineLimitDefaults,
  headerLine,
  type Reply,
  type RequestHandler,
} from '../engine/index.ts'
import { originForm } from '../request.ts'
import { isLoopbackHost } from '../routes/browsers.ts'

/** The path of the metrics. */
export const metricsPath = '/metrics'

/** The settings of a `MetricsServer`. */
export interface MetricsServerOptions {
  /** Returns the text of the metrics. Rejects if there is none. */
  readonly render: () => Promise<string>
  /** Called with the cause when the metrics could not be rendered. */
  readonly onFault: (error: unknown) => void
  /** Whether the server is for the machine itself, so that a page whose domain name points here is refused. */
  readonly isOnLoopback: boolean
}

/** Few clients scrape, and they send small requests. */
const limits: EngineLimits = {
  ...engineLimitDefaults,
  connectionsMax: 32,
  unansweredMax: 2,
  bufferedBodiesMaxBytes: 1024 * 1024,
}

const textLine = headerLine('Content-Type', 'text/plain; charset=utf-8')

/**
 * Answers `GET /metrics` on the connections of a listener of its own. Its engine is made with the first connection, so that
 * a server that nobody scrapes does not pay for it.
 */
export class MetricsServer {
  readonly #options: MetricsServerOptions
  #engine: Engine<ConnectionFacts> | undefined

  constructor(options: MetricsServerOptions) {
    this.#options = options
  }

  /** Serves the requests of a connection. */
  serve(socket: Socket, facts: ConnectionFacts): void {
    this.#engine ??= new Engine<ConnectionFacts>(this.#handler(), limits)
    this.#engine.serve(socket, facts)
  }

  /** Finishes the requests in flight. Connections open after `graceMillis` are cut. */
  async close(graceMillis: number): Promise<void> {
    await this.#engine?.close(graceMillis)
  }

  #handler(): RequestHandler<ConnectionFacts> {
    return {
      take: exchange => void this.#answer(exchange).then(reply => exchange.answer(reply)),
      refuseBody: () => refusal(413, 'The request has a body.'),
      refusalHeaderLines: () => '',
      now: () => systemClock.now(),
    }
  }

  async #answer({ method, target, headers }: Exchange<ConnectionFacts>): Promise<Reply> {
    const [path] = originForm(target).split('?')
    if (path !== metricsPath) return refusal(404, `The metrics are at ${metricsPath}.`)
    if (method !== 'GET') return refusal(405, 'The method must be GET.', headerLine('Allow', 'GET'))
    if (this.#options.isOnLoopback && !isLoopbackHost(headers['host'] ?? ''))
      return refusal(403, 'The Host header does not name this server.')
    try {
      const body = await this.#options.render()
      const headerLines = headerLine('Content-Type', expositionType) + headerLine('Cache-Control', 'no-store')
      return { status: 200, headerLines, body }
    } catch (error) {
      this.#options.onFault(error)
      return refusal(500, 'The metrics cannot be read.')
    }
  }
}

function refusal(status: number, text: string, headerLines = ''): Reply {
  return { status, headerLines: textLine + headerLines, body: `${text}\n` }
}
