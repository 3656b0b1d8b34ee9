import type { Socket } from 'node:net'
import { Server, type TLSSocket, type TlsOptions } from 'node:tls'
import { byLabel, type Metric, reading } from '../../std/index.ts'
import type { ConnectionFacts } from '../connection.ts'
import { groupLists, type TlsGroups } from './groups.ts'
import { type ConnectionPlaces, Handshakes } from './handshakes.ts'
import { tlsConnectionOf } from './tls-connection.ts'

/** The certificate of a server with its key, as PEM texts. */
export interface TlsCertificate {
  /** The certificate of the server, and those between it and the root. */
  readonly chain: string
  readonly key: string
}

/** The certificates that clients must show. */
export interface ClientCertificates {
  /** The certificates of the CAs that issue them, as PEM texts. */
  readonly ca: string
  /** The common name that they must have; any, if undefined. */
  readonly name: string | undefined
}

/** The settings of a `TlsAcceptor`. */
export interface TlsAcceptorOptions {
  /** The certificate for connections whose VPC has none of its own. */
  readonly certificate: TlsCertificate
  readonly groups: TlsGroups
  /** Absent if clients show no certificates. */
  readonly clientCertificates?: ClientCertificates | undefined
  /** Serves the connections whose handshake has succeeded, and has a place for each before that. */
  readonly http: ConnectionPlaces & { serve(socket: TLSSocket, facts: ConnectionFacts): void }
  /** Called with the reason of each handshake that failed, as a code of OpenSSL or Node. */
  readonly onFailure: (code: string, facts: ConnectionFacts) => void
}

/** The time that a session can be resumed, and after which the keys of tickets change: tickets of TLS 1.2 are not forward-secret. */
const sessionSeconds = 3600

/** The suites with a forward-secret key exchange and authenticated encryption (RFC 9325, 4.2). */
const cipherSuites = [
  ...['TLS_AES_256_GCM_SHA384', 'TLS_CHACHA20_POLY1305_SHA256', 'TLS_AES_128_GCM_SHA256'],
  ...['ECDHE-ECDSA-AES256-GCM-SHA384', 'ECDHE-RSA-AES256-GCM-SHA384'],
  ...['ECDHE-ECDSA-CHACHA20-POLY1305', 'ECDHE-RSA-CHACHA20-POLY1305'],
  ...['ECDHE-ECDSA-AES128-GCM-SHA256', 'ECDHE-RSA-AES128-GCM-SHA256'],
]

/** SSL_OP_NO_RENEGOTIATION of OpenSSL's ssl.h: a client could make the server repeat the most expensive part. */
const noRenegotiation = 2 ** 30

/** Performs the TLS handshake of connections that listeners accepted, and hands them over to be served. */
export class TlsAcceptor {
  readonly #options: TlsAcceptorOptions
  /** The servers and their certificates, by VPC. Undefined stands for the public listener and for VPCs that have none of their own. */
  readonly #servers = new Map<string | undefined, { readonly server: Server; certificate: TlsCertificate }>()
  readonly #handshakes: Handshakes
  /** The connections in the handshake, by `nameOf`. */
  readonly #pending = new Map<string, { readonly socket: Socket; readonly facts: ConnectionFacts }>()
  readonly #counts = new Map<string, number>()
  readonly #renewal: NodeJS.Timeout

  constructor(options: TlsAcceptorOptions) {
    this.#options = options
    this.#handshakes = new Handshakes(options.http, socket => this.#begin(socket))
    this.useCertificate(options.certificate)
    this.#renewal = setInterval(() => this.#renew(), sessionSeconds * 1000).unref()
  }

  /** Performs the handshake of a connection, and then serves it. */
  serve(socket: Socket, facts: ConnectionFacts): void {
    const name = nameOf(socket)
    this.#pending.set(name, { socket, facts })
    socket.once('close', () => {
      if (this.#pending.get(name)?.socket === socket) this.#pending.delete(name)
    })
    this.#handshakes.add(socket)
  }

  /**
   * Uses a different certificate from now on: for the connections through the endpoints of a VPC, or for those without a certificate
   * of their own. Open connections keep theirs.
   */
  useCertificate(certificate: TlsCertificate, vpcId?: string): void {
    const known = this.#servers.get(vpcId)
    if (known === undefined) this.#servers.set(vpcId, { server: this.#open(certificate), certificate })
    else {
      known.certificate = certificate
      known.server.setSecureContext(this.#contextOf(certificate))
    }
  }

  /** The number of connections in the handshake. */
  get handshakesInProgress(): number {
    return this.#handshakes.count
  }

  /** The number of connections that each key exchange has had; `unknown` stands for those where it is not known. */
  get connectionsByKeyExchange(): ReadonlyMap<string, number> {
    return this.#counts
  }

  /** Returns the metrics of the handshakes. */
  metrics(): Metric[] {
    return [
      reading(
        'counter',
        'keyward_tls_handshakes_total',
        'TLS handshakes that succeeded, by the group of the key exchange.',
        () => byLabel('key_exchange', this.#counts),
      ),
      reading(
        'counter',
        'keyward_tls_refused_total',
        'Connections to the port of HTTPS without a handshake that succeeded.',
        () => byLabel('reason', Object.entries(this.#handshakes.ends)),
      ),
      reading(
        'gauge',
        'keyward_tls_handshakes_in_progress',
        'Connections in the TLS handshake.',
        () => this.handshakesInProgress,
      ),
    ]
  }

  /** Cuts the connections whose handshake is not finished. Connections that are served live on. */
  close(): void {
    clearInterval(this.#renewal)
    this.#handshakes.cutAll()
  }

  /** A new context has new keys for session tickets. */
  #renew(): void {
    for (const { server, certificate } of this.#servers.values())
      server.setSecureContext(this.#contextOf(certificate))
  }

  /** Opens a server. It never listens: it gets the connections of a `Listener`. */
  #open(certificate: TlsCertificate): Server {
    const requestCert = this.#options.clientCertificates !== undefined
    const context = this.#contextOf(certificate)
    const server = new Server({ ...context, requestCert, rejectUnauthorized: requestCert })
    server.on('secureConnection', socket => this.#finish(socket))
    server.on('tlsClientError', (error: NodeJS.ErrnoException, socket) => this.#fail(error, socket))
    return server
  }

  #begin(socket: Socket): void {
    const vpcId = this.#pending.get(nameOf(socket))?.facts.door?.endpoint.vpcId
    const { server } = this.#servers.get(vpcId) ?? this.#servers.get(undefined) ?? {}
    server?.emit('connection', socket)
  }

  #contextOf(certificate: TlsCertificate): TlsOptions {
    const { groups, clientCertificates } = this.#options
    return {
      cert: certificate.chain,
      key: certificate.key,
      // Without a list, Node parses all public roots, which takes milliseconds.
      ca: clientCertificates === undefined ? [] : [clientCertificates.ca],
      // TLS 1.2 has no hybrid groups.
      minVersion: groups === 'hybrid-only' ? 'TLSv1.3' : 'TLSv1.2',
      ciphers: cipherSuites.join(':'),
      honorCipherOrder: true,
      ecdhCurve: groupLists[groups],
      secureOptions: noRenegotiation,
      sessionTimeout: sessionSeconds,
      ALPNProtocols: ['http/1.1'],
    }
  }

  #finish(socket: TLSSocket): void {
    const name = nameOf(socket)
    const pending = this.#pending.get(name)
    this.#pending.delete(name)
    const tls = tlsConnectionOf(socket)
    if (pending === undefined || tls === undefined) {
      socket.destroy()
      return
    }
    if (!this.#hasRightName(socket)) {
      this.#refuseName(socket, pending.facts)
      return
    }
    this.#handshakes.remove(pending.socket)
    const keyExchange = tls.keyExchange ?? 'unknown'
    this.#counts.set(keyExchange, (this.#counts.get(keyExchange) ?? 0) + 1)
    // A client of HTTP/1.1 may close its side after a request.
    socket.allowHalfOpen = true
    this.#options.http.serve(socket, { ...pending.facts, tls })
  }

  /** OpenSSL has checked the chain of the certificate, and not its name. */
  #hasRightName(socket: TLSSocket): boolean {
    const name = this.#options.clientCertificates?.name
    return name === undefined || socket.getPeerCertificate().subject?.CN === name
  }

  #refuseName(socket: TLSSocket, facts: ConnectionFacts): void {
    this.#handshakes.ends.failed++
    this.#options.onFailure('the client certificate has a different name', facts)
    socket.destroy()
  }

  #fail({ code }: NodeJS.ErrnoException, socket: TLSSocket): void {
    this.#handshakes.ends.failed++
    const pending = this.#pending.get(nameOf(socket))
    if (pending !== undefined) this.#options.onFailure(code ?? 'unknown', pending.facts)
    socket.destroy()
  }
}

/**
 * Names a connection by its two ends, which no two open connections have in common. Node does not say which connection a TLS socket
 * was made from, but it reports the same ends.
 */
function nameOf({ remoteAddress, remotePort, localAddress, localPort }: Socket): string {
  return `${remoteAddress} ${remotePort} ${localAddress} ${localPort}`
}
