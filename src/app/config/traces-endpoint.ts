import type { NeededHost } from './outbound.ts'
import { readEndpoint } from './values/urls.ts'

/** The path that OTLP/HTTP has for traces (OTLP, "OTLP/HTTP Request"). */
const tracesPath = '/v1/traces'

/** Reads the URL that traces are sent to, with its path; undefined if there are no traces. Throws OperatorError. */
export function readTracesEndpoint(text: string | undefined): URL | undefined {
  if (text === undefined) return undefined
  const url = readEndpoint('traces-endpoint', text, 'http://127.0.0.1:4318')
  if (!url.pathname.endsWith(tracesPath)) url.pathname = url.pathname.replace(/\/*$/, tracesPath)
  return url
}

/** Returns the host that the server must reach to deliver traces. */
export function hostsOfTraces(url: URL | undefined): NeededHost[] {
  if (url === undefined) return []
  return [{ host: url.hostname, complaint: `Traces cannot be delivered to ${url.origin}` }]
}
