/** A whole request as it came, with its headers ready for signature and look-up. */
export interface WireRequest {
  readonly method: string
  /** The path of the URL, percent-encoding untouched. */
  readonly path: string
  /** The query string without its `?`, percent-encoding untouched. */
  readonly query: string
  readonly headers: WireHeaders
  readonly body: Buffer
  readonly remoteAddress: string
}

/**
 * Header values by lower-case name, in SigV4's canonical form (AWS General Reference, "Create a signed AWS API
 * request"): trimmed, runs of spaces made one, the values of a repeated header joined by commas in their order.
 */
export type WireHeaders = ReadonlyMap<string, string>

/** From Node's flat list of names and values. */
export function readHeaders(rawHeaders: readonly string[]): WireHeaders {
  const headers = new Map<string, string>()
  for (let i = 0; i + 1 < rawHeaders.length; i += 2) {
    const name = (rawHeaders[i] as string).toLowerCase()
    const value = canonicalValue(rawHeaders[i + 1] as string)
    const earlier = headers.get(name)
    headers.set(name, earlier === undefined ? value : `${earlier},${value}`)
  }
  return headers
}

function canonicalValue(value: string): string {
  const trimmed = value.trim()
  return trimmed.includes('  ') ? trimmed.replaceAll(/ +/g, ' ') : trimmed
}
