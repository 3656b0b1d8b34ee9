import { OperatorError } from '../../std/index.ts'
import type { NeededHost } from './outbound.ts'
import { settings } from './settings.ts'

/** The path that OTLP/HTTP has for traces (OTLP, "OTLP/HTTP Request"). */
const tracesPath = '/v1/traces'

/** Reads the URL that traces are sent to, with its path; undefined if there are no traces. Throws OperatorError. */
export function readTracesEndpoint(text: string | undefined): URL | undefined {
  if (text === undefined) return undefined
  const url = URL.parse(text)
  const isFine =
    (url?.protocol === 'https:' || url?.protocol === 'http:') &&
    url.search === '' &&
    url.hash === '' &&
    url.username === '' &&
    url.password === ''
  if (url === null || !isFine)
    throw new OperatorError(
      `${settings['traces-endpoint'].env} (--traces-endpoint) is '${text}'; it must be a URL such as http://127.0.0.1:4318.`,
    )
  if (!url.pathname.endsWith(tracesPath)) url.pathname = url.pathname.replace(/\/*$/, tracesPath)
  return url
}

/** Returns the host that the server must reach to deliver traces. */
export function hostsOfTraces(url: URL | undefined): NeededHost[] {
  if (url === undefined) return []
  return [{ host: url.hostname, complaint: `Traces cannot be delivered to ${url.origin}` }]
}
