import { checkServerIdentity, connect, type SecureContext, type TLSSocket } from 'node:tls'
import { Client, type Dispatcher, errors } from 'undici'
import { XksFailure, type XksFailureName } from '../../domain/index.ts'
import type { JudgingLookup, Millis } from '../../std/index.ts'

/** Load balancers drop connections that nobody has used for a minute. */
const idleMillis = 50_000

/** The place that the connections to a proxy lead to. */
export interface ProxyRoute {
  readonly host: string
  readonly port: number
  /** The name or the address in the proxy's certificate, which is that of the endpoint. */
  readonly endpointHost: string
  /** The name that the handshake asks for; empty if the endpoint is an address. */
  readonly serverName: string
  /** Judges the addresses; undefined if the configuration has named the place itself. */
  readonly lookup: JudgingLookup | undefined
}

/** A signed request. */
export interface ProxyRequest {
  readonly path: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
}

/** The errors of undici for an answer that is not HTTP/1.1. */
const malformedErrors = [
  errors.HTTPParserError,
  errors.HeadersOverflowError,
  errors.ResponseContentLengthMismatchError,
]

type Stage = 'connecting' | 'handshake' | 'open'

/** A connection to a proxy. It carries one call at a time, and is opened again for a call if it is closed. */
export class ProxyConnection {
  readonly #route: ProxyRoute
  readonly #secureContext: SecureContext
  readonly #client: Client
  readonly #onCertificate: (expiry: Millis) => void
  #socket: TLSSocket | undefined
  #stage: Stage = 'connecting'
  #isKept = false

  /** `onCertificate` gets the time at which the certificate of the proxy expires, each time the connection is opened. */
  constructor(route: ProxyRoute, secureContext: SecureContext, onCertificate: (expiry: Millis) => void) {
    this.#route = route
    this.#onCertificate = onCertificate
    this.#secureContext = secureContext
    this.#client = new Client(`https://${route.endpointHost}`, {
      connect: (_options, done) => this.#connect(done),
      keepAliveTimeout: idleMillis,
      // The deadline of a call is shorter than the precision of these.
      ...{ headersTimeout: 0, bodyTimeout: 0 },
    })
  }

  /** Whether the connection, as it is open now, has carried a call before. */
  get isKept(): boolean {
    return this.#isKept
  }

  /** Sends a request. The handler gets the answer, or the error of the connection. */
  send({ path, headers, body }: ProxyRequest, handler: Dispatcher.DispatchHandler): void {
    this.#client.dispatch({ method: 'POST', path, headers, body }, handler)
  }

  /** Notes that a call has ended well. */
  keep(): void {
    this.#isKept = true
  }

  /** Returns the failure of a call from the error of the connection. */
  failureOf(error: Error): XksFailure {
    return error instanceof XksFailure
      ? error
      : new XksFailure(failureNameOf(error, this.#stage), error.message)
  }

  /** Ends the connection and the call on it. */
  destroy(): void {
    this.#socket?.destroy()
    // It resolves when the socket is closed, for which nobody waits.
    void this.#client.destroy()
  }

  #connect(done: (...result: [null, TLSSocket] | [Error, null]) => void): void {
    const { host, port, serverName, endpointHost, lookup } = this.#route
    const socket = connect({
      ...{ host, port, lookup, servername: serverName },
      secureContext: this.#secureContext,
      // The host of a VPC endpoint service is not the name in the certificate.
      checkServerIdentity: (_host, certificate) => checkServerIdentity(endpointHost, certificate),
      ALPNProtocols: ['http/1.1'],
    })
    this.#socket = socket
    this.#stage = 'connecting'
    this.#isKept = false
    socket.setNoDelay(true)
    socket.once('connect', () => {
      this.#stage = 'handshake'
    })
    const failed = (error: Error) => done(error, null)
    socket.once('error', failed)
    socket.once('secureConnect', () => {
      this.#stage = 'open'
      socket.off('error', failed)
      const expiry = Date.parse(socket.getPeerCertificate().valid_to)
      if (!Number.isNaN(expiry)) this.#onCertificate(expiry)
      done(null, socket)
    })
  }
}

function failureNameOf(error: Error & { readonly code?: string }, stage: Stage): XksFailureName {
  // A proxy refuses a client certificate of TLS 1.3 after the handshake.
  if (stage === 'handshake' || /^(?:ERR_SSL_|ERR_TLS_|EPROTO$)/.test(error.code ?? '')) return 'noTls'
  return malformedErrors.some(type => error instanceof type) ? 'malformed' : 'noConnection'
}
