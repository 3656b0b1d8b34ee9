import { isIP } from 'node:net'
import type { SecureContext } from 'node:tls'
import { type ProxyAccess, XksFailure, type XksProxy, xksSigningService } from '../../domain/index.ts'
import {
  type Clock,
  deriveSigningKey,
  type HmacSha256Key,
  type OutboundPolicy,
  sha256Hex,
  signRequest,
} from '../../std/index.ts'
import type { ProxyRequest, ProxyRoute } from './proxy-connection.ts'
import type { ProxySettings } from './proxy-settings.ts'

/** The parts that connections to all proxies have in common. */
export interface ProxySurroundings {
  readonly settings: ProxySettings
  readonly outbound: Pick<OutboundPolicy, 'lookupFor'>
  /** The clock of signatures, which a proxy compares with its own. */
  readonly clock: Clock
  readonly secureContext: SecureContext
  /** The port of public endpoints. */
  readonly publicPort: number
}

type Endpoint = Pick<XksProxy, 'connectivity' | 'uriEndpoint' | 'vpcEndpointServiceName'>

/** Returns where the connections to a proxy lead. Throws XksFailure if the configuration allows none. */
export function routeOf(
  { connectivity, uriEndpoint, vpcEndpointServiceName = '' }: Endpoint,
  { settings, outbound, publicPort }: Pick<ProxySurroundings, 'settings' | 'outbound' | 'publicPort'>,
): ProxyRoute {
  const host = hostOf(uriEndpoint)
  // An address cannot be asked for by name (RFC 6066, section 3), but a certificate can have it.
  const serverName = isIP(host) === 0 ? host : ''
  const common = { endpointHost: host, serverName }
  if (connectivity === 'PUBLIC_ENDPOINT') {
    try {
      return { ...common, host, port: publicPort, lookup: outbound.lookupFor(host) }
    } catch (error) {
      throw new XksFailure('noConnection', (error as Error).message)
    }
  }
  const upstream = settings.vpcEndpointServices.get(vpcEndpointServiceName)
  if (upstream === undefined)
    throw new XksFailure(
      'noEndpointService',
      `the setting xks names no upstream for ${vpcEndpointServiceName}`,
    )
  return { ...common, ...upstream, lookup: undefined }
}

/** Returns the name of an endpoint as requests have it. */
function hostOf(uriEndpoint: string): string {
  const url = URL.parse(uriEndpoint)
  if (url === null || url.protocol !== 'https:' || url.hostname === '')
    throw new XksFailure('noConnection', 'the endpoint is no URL of HTTPS')
  return url.hostname
}

const dayMillis = 86_400_000

type SignedAccess = Omit<ProxyAccess, 'secret' | 'accountId'>

/**
 * Signs the requests to one proxy. It keeps the key that is derived from the secret for the day, and not the secret.
 */
export class ProxySigner {
  readonly #access: SignedAccess
  readonly #clock: Clock
  /** Returns the secret, which is wiped after its use. */
  readonly #secret: () => Buffer
  readonly #host: string
  #day = Number.NaN
  #signingKey: HmacSha256Key | undefined

  constructor(access: SignedAccess, clock: Clock, secret: () => Buffer) {
    this.#access = access
    this.#clock = clock
    this.#secret = secret
    this.#host = hostOf(access.uriEndpoint)
  }

  /** Returns the signed request of an operation; `path` is what comes after the path of the proxy. */
  sign(path: string, body: string): ProxyRequest {
    const { uriPath, accessKeyId, region } = this.#access
    const time = this.#clock.now()
    const whole = uriPath + path
    const signed = signRequest(
      {
        ...{ method: 'POST', path: whole, region, service: xksSigningService },
        headers: { host: this.#host },
        payloadHash: sha256Hex(body),
      },
      { accessKeyId, signingKey: this.#keyFor(time) },
      time,
    )
    const headers = {
      ...signed,
      'content-type': 'application/json',
      'content-length': String(Buffer.byteLength(body)),
    }
    return { path: whole, headers, body }
  }

  /** Erases the key. */
  wipe(): void {
    this.#signingKey?.wipe()
    this.#signingKey = undefined
  }

  #keyFor(time: number): HmacSha256Key {
    const day = Math.floor(time / dayMillis)
    if (this.#signingKey !== undefined && day === this.#day) return this.#signingKey
    this.wipe()
    const secret = this.#secret()
    try {
      this.#day = day
      this.#signingKey = deriveSigningKey(secret, time, this.#access.region, xksSigningService)
      return this.#signingKey
    } finally {
      secret.fill(0)
    }
  }
}
