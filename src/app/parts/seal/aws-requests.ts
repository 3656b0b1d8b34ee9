import { encodeQuery, exchangeHttp, type HttpRequest, type OutboundPolicy } from '../../../std/index.ts'

/** The longest answer. That of Decrypt has less than 10 KiB. */
const answerSizeMaxBytes = 64 * 1024

/** How the requests of a call reach a KMS. */
export interface AwsConnection {
  readonly outbound: OutboundPolicy
  /** The host of the KMS, as `URL.hostname` has it. */
  readonly hostname: string
  /** Certificates in PEM; those of Node if undefined. */
  readonly ca: string | undefined
  readonly timeoutMillis: number
  /** Ends every request of the call, whichever attempt it belongs to. */
  readonly signal: AbortSignal
}

/** A request of the AWS SDK (@smithy/types, HttpRequest). A query is only in those for credentials, with one value a name. */
interface SdkRequest {
  readonly method: HttpRequest['method']
  readonly protocol: string
  readonly hostname: string
  readonly port?: number
  readonly path: string
  readonly query?: Readonly<Record<string, string>>
  readonly headers: Readonly<Record<string, string>>
  readonly body?: string | Uint8Array
}

/**
 * Returns a request handler for a client of the AWS SDK. Its own handler limits only the time until the headers of an answer,
 * and reads a body of any length; this one reads the whole answer in bounded size and time. It follows no redirection.
 */
export function requestHandlerOf({ outbound, hostname, ca, timeoutMillis, signal }: AwsConnection) {
  // The SDK may ask a different host for credentials first, which the setting need not list.
  const policy = { lookupFor: () => outbound.lookupFor(hostname) }
  const limits = { timeoutMillis, sizeMaxBytes: answerSizeMaxBytes, signal }
  return {
    async handle({ method, headers, body, ...place }: SdkRequest) {
      const target = targetOf(place)
      const url = urlOf(place)
      const request = { method, url, target, headers, ca, ...(body === undefined ? {} : { body }) }
      const answer = await exchangeHttp(request, policy, limits)
      const lines = Object.entries(answer.headers).map(([name, value]) => [name, String(value)])
      const response = { statusCode: answer.status, headers: Object.fromEntries(lines), body: answer.body }
      return { response }
    },
    // The SDK asks handlers for settings and changes them; this one has none.
    updateHttpClientConfig: () => undefined,
    httpHandlerConfigs: () => ({}),
  }
}

type Place = Pick<SdkRequest, 'protocol' | 'hostname' | 'port' | 'path' | 'query'>

function urlOf({ protocol, hostname, port }: Place): URL {
  return new URL(`${protocol}//${hostname}${port === undefined ? '' : `:${port}`}`)
}

function targetOf({ path, query = {} }: Place): string {
  const text = encodeQuery(query)
  return text === '' ? path : `${path}?${text}`
}
