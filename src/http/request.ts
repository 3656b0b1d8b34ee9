import type { IncomingMessage } from 'node:http'
import type { TlsConnection } from '../domain/index.ts'
import type { ConnectionFacts } from './connection.ts'

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
  /** Returns a signal that aborts when the client is gone. */
  readonly clientGone?: () => AbortSignal
}

/** Header values by lower-case name; the values of a repeated header are joined with commas in their order. */
export type WireHeaders = Readonly<Record<string, string | undefined>>

/** Returns all headers of a request; Node itself keeps only the first of some repeated headers. */
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

/**
 * Returns a request target in origin form. A target may also be an absolute URL (RFC 9112, 3.2.2); its host adds
 * nothing to the Host header.
 */
export function originForm(url: string): string {
  return url.startsWith('/') ? url : url.replace(/^https?:\/\/[^/?#]*\/?/i, '/')
}

/** Builds a request from a message and its body; `url` is in origin form. */
export function toWireRequest(
  message: IncomingMessage,
  { remoteAddress, tls }: ConnectionFacts,
  url: string,
  body: Buffer,
  clientGone: () => AbortSignal,
): WireRequest {
  const question = url.indexOf('?')
  return {
    method: message.method ?? '',
    path: question < 0 ? url : url.slice(0, question),
    query: question < 0 ? '' : url.slice(question + 1),
    headers: readHeaders(message),
    body,
    remoteAddress,
    tls,
    clientGone,
  }
}
