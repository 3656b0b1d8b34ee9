import { createSecureContext, getCACertificates, type SecureContext } from 'node:tls'
import type { Millis } from '../../std/index.ts'
import { ProxyConnection, type ProxyRoute } from './proxy-connection.ts'
import type { ProxySettings } from './proxy-settings.ts'

/** The suites of the API (XKS proxy API specification, "API content type"). */
const cipherSuites = [
  'TLS_AES_256_GCM_SHA384',
  'TLS_CHACHA20_POLY1305_SHA256',
  'ECDHE-RSA-AES256-GCM-SHA384',
  'ECDHE-ECDSA-AES256-GCM-SHA384',
]
const freeMax = 64

/** Returns what all connections to proxies share. Throws Error for certificates or a key that cannot be read. */
export function secureContextOf({ ca, clientCertificate }: ProxySettings): SecureContext {
  return createSecureContext({
    minVersion: 'TLSv1.2',
    ciphers: cipherSuites.join(':'),
    ...(ca !== undefined && { ca: [...getCACertificates('default'), ca] }),
    ...(clientCertificate && { cert: clientCertificate.certificate, key: clientCertificate.key }),
  })
}

/** The connections to one proxy. They stay open for the next calls. The callers bound how many are in use. */
export class ProxyPool {
  readonly #route: ProxyRoute
  readonly #secureContext: SecureContext
  /** The one that was used last stands last, because it is the least likely to be closed by the other side. */
  readonly #free: ProxyConnection[] = []
  #isRetired = false
  #certificateEnds: Millis | undefined

  constructor(route: ProxyRoute, secureContext: SecureContext) {
    this.#route = route
    this.#secureContext = secureContext
  }

  /** When the certificate of the proxy expires; undefined if it is not known yet. */
  get certificateEnds(): Millis | undefined {
    return this.#certificateEnds
  }

  /** Returns a connection for one call, after which the caller gives it back or destroys it. */
  take(): ProxyConnection {
    return (
      this.#free.pop() ??
      new ProxyConnection(this.#route, this.#secureContext, ends => {
        this.#certificateEnds = ends
      })
    )
  }

  /** Takes back a connection whose call has ended well. */
  giveBack(connection: ProxyConnection): void {
    if (this.#isRetired || this.#free.length >= freeMax) connection.destroy()
    else {
      connection.keep()
      this.#free.push(connection)
    }
  }

  /** Closes the connections that no call uses. */
  closeFree(): void {
    for (const connection of this.#free.splice(0)) connection.destroy()
  }

  /** Closes each connection when the call that uses it ends. */
  retire(): void {
    this.#isRetired = true
    this.closeFree()
  }
}
