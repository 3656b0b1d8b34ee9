import type { IncomingMessage } from 'node:http'

/** A whole request as it came, with its headers ready for signature and look-up. */
export interface WireRequest {
  readonly method: string
  /** The path of the URL, percent-encoding untouched. */
  readonly path: string
  /** The query string without its `?`, percent-encoding untouched. */
  readonly query: string
  readonly headers: WireHeaders
  readonly body: Buffer
  /** As `plainAddress` has it. */
  readonly remoteAddress: string
}

/** Header values by lower-case name; the values of a repeated header joined by commas in their order. */
export type WireHeaders = Readonly<Record<string, string | undefined>>

/** The headers of a request, with nothing dropped: Node keeps only the first of some repeated headers. */
export function readHeaders({ headers, rawHeaders }: IncomingMessage): WireHeaders {
  const areDistinct =
    Object.keys(headers).length * 2 === rawHeaders.length && headers['set-cookie'] === undefined
  if (areDistinct) return headers as Record<string, string>
  const joined: Record<string, string> = Object.create(null) as Record<string, string>
  for (let i = 0; i + 1 < rawHeaders.length; i += 2) {
    const name = (rawHeaders[i] as string).toLowerCase()
    const value = rawHeaders[i + 1] as string
    const earlier = joined[name]
    joined[name] = earlier === undefined ? value : `${earlier},${value}`
  }
  return joined
}

/** The target may also be a whole URL (RFC 9112, 3.2.2); its host says nothing that the Host header does not. */
export function originForm(url: string): string {
  return url.startsWith('/') ? url : url.replace(/^https?:\/\/[^/?#]*\/?/i, '/')
}

/** `url` in origin form. */
export function toWireRequest(
  message: IncomingMessage,
  remoteAddress: string,
  url: string,
  body: Buffer,
): WireRequest {
  const question = url.indexOf('?')
  return {
    method: message.method ?? '',
    path: question < 0 ? url : url.slice(0, question),
    query: question < 0 ? '' : url.slice(question + 1),
    headers: readHeaders(message),
    body,
    remoteAddress,
  }
}
