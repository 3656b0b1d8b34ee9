import { exchangeHttp, type HttpAnswer, type OutboundPolicy, parseJson } from '../../std/index.ts'
import { renderSpans, type Span } from './span.ts'
import type { Export, SpanExporter } from './span-exporter.ts'

/** The settings of an `OtlpExporter`. */
export interface OtlpOptions {
  /** The whole URL, such as `http://127.0.0.1:4318/v1/traces`. */
  readonly url: URL
  readonly outbound: OutboundPolicy
  /** The id of this run of the server. */
  readonly instanceId: string
}

/** OTLP exporters wait for ten seconds (OpenTelemetry Protocol Exporter, "Configuration Options"). */
const limits = { timeoutMillis: 10_000, sizeMaxBytes: 64 * 1024 }
/** All other statuses of failures must not be tried again (OTLP, "Retryable Response Codes"). */
const retryable: readonly number[] = [429, 502, 503, 504]

/** Posts spans by OTLP/HTTP in JSON. */
export class OtlpExporter implements SpanExporter {
  readonly #options: OtlpOptions

  constructor(options: OtlpOptions) {
    this.#options = options
  }

  prepare(spans: readonly Span[]): (signal: AbortSignal) => Promise<Export> {
    const body = renderSpans(spans, this.#options.instanceId)
    return signal => this.#post(body, signal)
  }

  async #post(body: string, signal: AbortSignal): Promise<Export> {
    const { url, outbound } = this.#options
    try {
      const headers = { 'content-type': 'application/json' }
      return this.#judge(
        await exchangeHttp({ method: 'POST', url, headers, body }, outbound, { ...limits, signal }),
      )
    } catch (error) {
      return { kind: 'failed', problem: error as Error, waitMillis: undefined }
    }
  }

  #judge({ status, headers, body }: HttpAnswer): Export {
    if (status >= 200 && status <= 299) return { kind: 'delivered', refused: readRefused(body) }
    const problem = new Error(`${this.#options.url.host} answered with status ${status}`)
    if (!retryable.includes(status)) return { kind: 'refused', problem }
    return { kind: 'failed', problem, waitMillis: readWait(headers['retry-after']) }
  }
}

/** Returns how many spans an ExportTraceServiceResponse refuses (OTLP, "Partial Success"). */
function readRefused(body: Buffer): number {
  try {
    const answer = parseJson(body.toString('utf8')) as { partialSuccess?: { rejectedSpans?: unknown } } | null
    const refused = Number(answer?.partialSuccess?.rejectedSpans ?? 0)
    return Number.isSafeInteger(refused) && refused > 0 ? refused : 0
  } catch {
    // The status says that they have arrived.
    return 0
  }
}

/** Returns the milliseconds of Retry-After. Its other form, a date, says no more than the server's own pauses do. */
function readWait(header: string | undefined): number | undefined {
  return header !== undefined && /^\d{1,5}$/.test(header) ? Number(header) * 1000 : undefined
}
