import type { TlsConnection } from '../domain/index.ts'
import type { Endpoint } from '../operation/index.ts'
import type { ConnectionFacts } from './connection.ts'
import type { Exchange, Headers } from './engine/index.ts'

/** A whole request as received, with its headers ready for the signature check and for look-ups. */
export interface WireRequest {
  readonly method: string
  /** The path of the URL, still percent-encoded. */
  readonly path: string
  /** The query string without its `?`, still percent-encoded. */
  readonly query: string
  readonly headers: WireHeaders
  readonly body: Buffer
  /** The address of the client, in the form that `plainAddress` returns. */
  readonly remoteAddress: string
  /** How the connection is encrypted; undefined for plain HTTP. */
  readonly tls?: TlsConnection | undefined
  /** The VPC endpoint that accepted the connection; undefined for a public listener. */
  readonly endpoint?: Endpoint | undefined
  /** Returns a signal that aborts when the client is gone. */
  readonly clientGone?: () => AbortSignal
}

/** Header values by lower-case name; the values of a repeated header are joined with commas in their order. */
export type WireHeaders = Headers

/**
 * Returns a request target in origin form. A target may also be an absolute URL (RFC 9112, 3.2.2); its host adds
 * nothing to the Host header.
 */
export function originForm(url: string): string {
  return url.startsWith('/') ? url : url.replace(/^https?:\/\/[^/?#]*\/?/i, '/')
}

/** Builds a request from its head and its body; `url` is its target in origin form. */
export function toWireRequest(
  { method, headers, facts, clientGone }: Exchange<ConnectionFacts>,
  url: string,
  body: Buffer,
): WireRequest {
  const question = url.indexOf('?')
  return {
    method,
    path: question < 0 ? url : url.slice(0, question),
    query: question < 0 ? '' : url.slice(question + 1),
    headers,
    body,
    remoteAddress: facts.remoteAddress,
    tls: facts.tls,
    endpoint: facts.door?.endpoint,
    clientGone,
  }
}
