import { Agent } from 'node:https'
import type { Duplex } from 'node:stream'
import {
  checkServerIdentity,
  createSecureContext,
  getCACertificates,
  type SecureContext,
  TLSSocket,
} from 'node:tls'
import { XksFailure, type XksFailureName } from '../../domain/index.ts'
import { type JudgingLookup, type Millis, monotonicMillis } from '../../std/index.ts'
import type { ProxySettings } from './proxy-settings.ts'

/** The suites of the API (XKS proxy API specification, "API content type"). */
const cipherSuites = [
  'TLS_AES_256_GCM_SHA384',
  'TLS_CHACHA20_POLY1305_SHA256',
  'ECDHE-RSA-AES256-GCM-SHA384',
  'ECDHE-ECDSA-AES256-GCM-SHA384',
]
/** More connections than calls in flight: a retried call opens one while its broken one is still counted. */
const socketsMax = 128
const freeSocketsMax = 64
/** Load balancers drop connections that nobody has used for a minute. */
const idleMillis = 50_000

/** Returns what all connections to proxies share. Throws Error for certificates or a key that cannot be read. */
export function secureContextOf({ ca, clientCertificate }: ProxySettings): SecureContext {
  return createSecureContext({
    minVersion: 'TLSv1.2',
    ciphers: cipherSuites.join(':'),
    ...(ca !== undefined && { ca: [...getCACertificates('default'), ca] }),
    ...(clientCertificate && { cert: clientCertificate.certificate, key: clientCertificate.key }),
  })
}

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

type Stage = 'connecting' | 'handshake' | 'open'

/** The connections to one proxy. They stay open for the next calls. */
export class ProxyAgent extends Agent {
  readonly #usedAt = new WeakMap<Duplex, number>()
  readonly #stages = new WeakMap<Duplex, Stage>()
  #certificateEnds: Millis | undefined

  constructor({ host, port, endpointHost, serverName, lookup }: ProxyRoute, secureContext: SecureContext) {
    super({
      ...{ host, port, secureContext, lookup },
      servername: serverName,
      // The host of a VPC endpoint service is not the name in the certificate.
      checkServerIdentity: (_host, certificate) => checkServerIdentity(endpointHost, certificate),
      keepAlive: true,
      // The connection that was used last is the least likely to be closed by the other side.
      scheduling: 'lifo',
      ...{ maxSockets: socketsMax, maxFreeSockets: freeSocketsMax },
    })
  }

  /** When the certificate of the proxy expires; undefined if it is not known yet. */
  get certificateEnds(): Millis | undefined {
    return this.#certificateEnds
  }

  override createConnection(...args: Parameters<Agent['createConnection']>): Duplex | null | undefined {
    const socket = super.createConnection(...args)
    if (!(socket instanceof TLSSocket)) return socket
    this.#stages.set(socket, 'connecting')
    socket.once('connect', () => this.#stages.set(socket, 'handshake'))
    socket.once('secureConnect', () => {
      this.#stages.set(socket, 'open')
      const ends = Date.parse(socket.getPeerCertificate().valid_to)
      if (!Number.isNaN(ends)) this.#certificateEnds = ends
    })
    return socket
  }

  /** All connections lead to one place, and the usual name costs each call a list of all TLS options. */
  override getName(): string {
    return 'proxy'
  }

  /** Notes when the connection was used last. */
  override keepSocketAlive(socket: Duplex): boolean {
    this.#usedAt.set(socket, monotonicMillis())
    // The types do not know that it returns whether the connection is kept.
    return super.keepSocketAlive(socket) as unknown as boolean
  }

  /** Closes the connections that nobody has used for long. `now` is a moment of `monotonicMillis`. */
  closeIdle(now: number): void {
    const limit = now - idleMillis
    // All lead to one place, and the one that was used last stands last.
    for (const name in this.freeSockets)
      for (const socket of this.freeSockets[name] ?? []) {
        if ((this.#usedAt.get(socket) ?? 0) > limit) break
        socket.destroy()
      }
  }

  /** Returns the failure of a call from the error of its connection. */
  failureOf(error: Error & { readonly code?: string }, socket: Duplex | null): XksFailure {
    if (error instanceof XksFailure) return error
    const stage = (socket && this.#stages.get(socket)) ?? 'connecting'
    return new XksFailure(failureNameOf(error.code ?? '', stage), error.message)
  }

  /** Closes the connections that no call uses. */
  closeFree(): void {
    for (const sockets of Object.values(this.freeSockets))
      for (const socket of [...(sockets ?? [])]) socket.destroy()
  }

  /** Closes each connection when the call that uses it ends. */
  retire(): void {
    this.maxFreeSockets = 0
    this.closeFree()
  }
}

function failureNameOf(code: string, stage: Stage): XksFailureName {
  // A proxy refuses a client certificate of TLS 1.3 after the handshake.
  if (stage === 'handshake' || /^(?:ERR_SSL_|ERR_TLS_|EPROTO$)/.test(code)) return 'noTls'
  return code.startsWith('HPE_') ? 'malformed' : 'noConnection'
}
