import type { IncomingHttpHeaders, IncomingMessage } from 'node:http'
import type { OutboundPolicy } from './outbound-policy.ts'

/** A request of the server itself. */
export interface HttpRequest {
  readonly method: 'GET' | 'HEAD' | 'PUT' | 'POST' | 'DELETE'
  readonly url: URL
  /** The path with its query as they are sent, if they are not those of the URL. */
  readonly target?: string
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string | Uint8Array
  /** The certificates, in PEM, that the other side's certificate is checked with; those of Node if absent. */
  readonly ca?: string | undefined
}

/** An answer with its whole body. */
export interface HttpAnswer {
  readonly status: number
  readonly headers: IncomingHttpHeaders
  readonly body: Buffer
}

/** The bounds of one exchange. */
export interface ExchangeLimits {
  readonly timeoutMillis: number
  /** The longest answer. */
  readonly sizeMaxBytes: number
  /** Ends the exchange earlier; absent if nothing does. */
  readonly signal?: AbortSignal
}

/**
 * Sends a request over a connection of its own, where the policy allows the connection, and reads the answer in bounded size
 * and time. It follows no redirection, because one could lead anywhere. Throws an error that says why there is no answer.
 */
export async function exchangeHttp(
  { method, url, target, headers = {}, body, ca }: HttpRequest,
  outbound: Pick<OutboundPolicy, 'lookupFor'>,
  { timeoutMillis, sizeMaxBytes, signal: ended }: ExchangeLimits,
): Promise<HttpAnswer> {
  const lookup = outbound.lookupFor(url.hostname)
  const timeout = AbortSignal.timeout(timeoutMillis)
  const signal = ended === undefined ? timeout : AbortSignal.any([timeout, ended])
  // Node's clients take memory that a server without outbound connections does not need.
  const { request: open } = url.protocol === 'https:' ? await import('node:https') : await import('node:http')
  const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>()
  const length = body === undefined ? {} : { 'content-length': String(Buffer.byteLength(body)) }
  // Without an agent of its own, a request could get the connection or the proxy of a different part of the process.
  const options = { method, lookup, signal, ca, agent: false, headers: { ...headers, ...length } } as const
  const request = open(url, target === undefined ? options : { ...options, path: target }, resolve)
  request.on('error', reject)
  request.end(body)
  try {
    const response = await promise
    const chunks: Buffer[] = []
    let sizeBytes = 0
    for await (const chunk of response as AsyncIterable<Buffer>) {
      sizeBytes += chunk.length
      if (sizeBytes > sizeMaxBytes) throw new Error(`more than ${sizeMaxBytes} bytes`)
      chunks.push(chunk)
    }
    return { status: response.statusCode ?? 0, headers: response.headers, body: Buffer.concat(chunks) }
  } finally {
    request.destroy()
  }
}
