import { readFileSync } from 'node:fs'
import type { ClientRequest, IncomingMessage, OutgoingHttpHeaders } from 'node:http'
import type { RequestOptions } from 'node:https'
import type { PeerCertificate } from 'node:tls'
import { OperatorError, parseJson } from '../std/index.ts'
import type { Config } from './config/config.ts'
import { privateAlone, reachableUrl, readEndpoint } from './config/export-lines.ts'
import { ownRootPath, readOperatorChain } from './config/https-access.ts'

/** A request to the server on the same machine. */
export interface LocalRequest {
  readonly method: 'GET' | 'POST'
  readonly path: string
  readonly headers?: OutgoingHttpHeaders
  readonly body?: string
  /** How long the answer may take; absent for as long as it takes. */
  readonly timeoutMillis?: number
}

/** Its answer, whose body is JSON. */
export interface LocalAnswer {
  readonly status: number
  readonly json: unknown
}

/** The server that runs on the configured data directory, reached over HTTP or, if that is off, over HTTPS. */
export class LocalServer {
  readonly origin: string
  readonly host: string
  readonly region: string
  readonly #config: Config

  /** Throws OperatorError if no server has run on the data directory, or one without a public listener. */
  constructor(config: Config) {
    const { url, region, httpsUrl } = readEndpoint(config)
    const found = url ?? httpsUrl
    if (found === undefined)
      throw new OperatorError(
        `${privateAlone(config)} Commands call a public listener: start one on loopback, with KEYWARD_PORT.`,
      )
    const reached = new URL(reachableUrl(found))
    this.origin = reached.origin
    this.host = reached.host
    this.region = region
    this.#config = config
  }

  /** Sends a request. Throws OperatorError if no answer comes. */
  async send({ method, path, headers = {}, body = '', timeoutMillis }: LocalRequest): Promise<LocalAnswer> {
    const url = new URL(path, this.origin)
    const length = { 'content-length': Buffer.byteLength(body) }
    const signal = timeoutMillis === undefined ? {} : { signal: AbortSignal.timeout(timeoutMillis) }
    const options: RequestOptions = { method, headers: { ...headers, ...(body !== '' && length) }, ...signal }
    const request = await this.#open(url, options)
    const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>()
    request.once('response', resolve).once('error', reject).end(body)
    try {
      const response = await promise
      const { text } = await import('node:stream/consumers')
      return { status: response.statusCode ?? 0, json: parseJson(await text(response)) }
    } catch (error) {
      throw new OperatorError(`No server answers at ${this.origin}${reasonOf(error)}.`)
    }
  }

  /** Loads Node's clients only here: a server needs none, and would pay for them at each start. */
  async #open(url: URL, options: RequestOptions): Promise<ClientRequest> {
    if (url.protocol === 'http:') return (await import('node:http')).request(url, options)
    return (await import('node:https')).request(url, { ...options, ...trustOf(this.#config) })
  }
}

/** The part of a message that says why a connection failed; there is none if nobody listens. */
function reasonOf(error: unknown): string {
  const { code, message } = error as NodeJS.ErrnoException
  return code === 'ECONNREFUSED' ? '' : `: ${message}`
}

/**
 * Trusts the server's own CA; or else exactly the certificate in the operator's file, whatever names it has: the connection
 * goes to an address of this machine.
 */
function trustOf(config: Config): RequestOptions {
  const { certificatePaths } = config
  if (certificatePaths === undefined) return { ca: readFileSync(ownRootPath(config)) }
  const { blocks, certificate } = readOperatorChain(certificatePaths.certificate)
  const checkServerIdentity = (_host: string, { raw }: PeerCertificate) =>
    raw.equals(certificate.raw)
      ? undefined
      : new Error(`its certificate is not that of ${certificatePaths.certificate}`)
  return { ca: [...blocks], allowPartialTrustChain: true, checkServerIdentity }
}
