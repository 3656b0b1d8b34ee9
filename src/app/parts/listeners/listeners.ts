import type { Socket } from 'node:net'
import type { Recorder } from '../../../audit/index.ts'
import {
  acceptConnection,
  type ConnectionServer,
  HttpServer,
  Listener,
  type ListenerOptions,
  type Served,
  TlsAcceptor,
} from '../../../http/index.ts'
import { systemClock } from '../../../std/index.ts'
import { certificateMetrics } from '../../../telemetry/index.ts'
import type { CertificateSource } from '../../../tls/index.ts'
import type { Config } from '../../config/config.ts'
import { publicEndpointAddresses } from '../../config/listening.ts'
import { readinessOf } from '../audit.ts'
import { type Base, logFault } from '../base.ts'
import type { Callers } from '../callers.ts'
import type { DataDirectory } from '../data-directory.ts'
import type { Services } from '../services.ts'
import type { Workers } from '../workers.ts'
import { openCertificates, openNetworkCertificates } from './certificates.ts'
import { webConsoleOf } from './web-console.ts'

/** The time that requests in flight have once the server is asked to stop. */
const shutdownGraceMillis = 20_000

/** The addresses of a server. It has no URL if only private endpoints lead to it. */
export interface Listening {
  /** The URL of plain HTTP; undefined if it is not served. */
  readonly plainUrl: string | undefined
  /** The URL of HTTPS; undefined if it is not served. */
  readonly tlsUrl: string | undefined
  /** The CA certificate that clients must trust; undefined for a certificate from the operator's files. */
  readonly caPath: string | undefined
}

/** The parts behind the listeners. */
export interface Serving
  extends Pick<Callers, 'authenticate' | 'heads'>,
    Pick<Services, 'services' | 'pipeline'>,
    Pick<Workers, 'testClock'> {
  readonly audit: Pick<Recorder, 'isFailing'>
  readonly isSealed: boolean
}

/** Returns the parts that answer requests. */
export function servedBy(base: Base, serving: Serving): Served {
  const { config, log, metrics } = base
  const { services, pipeline, authenticate, heads, testClock, audit, isSealed } = serving
  return {
    services,
    perform: call => pipeline.perform(call),
    recordRefusal: async refused => {
      const answer = await pipeline.recordRefusal(refused)
      metrics?.countRefusal(answer.error?.code ?? refused.error.code)
      return answer
    },
    ...{ authenticate, heads },
    refusesWebPages: config.insecureNoAuth,
    corsOrigins: config.corsOrigins,
    forwardingProxies: config.trustedProxies.forwardedFor,
    healthNotes: [...(isSealed ? [sealedNote] : []), ...healthNotesOf(config)],
    readiness: () => readinessOf(audit, isSealed),
    testClock,
    webConsole: webConsoleOf(base),
    onFault: (error, requestId) => logFault(log, error, { requestId }),
  }
}

const sealedNote = 'sealed: calls are refused until the server is unsealed'

/** The listeners of a server. */
export interface Listeners {
  readonly listening: Listening
  /** The server of HTTP behind all listeners. */
  readonly http: HttpServer
  /** The server of TLS behind all listeners; undefined if nothing speaks TLS. */
  readonly tls: TlsAcceptor | undefined
  /** The CA certificates of the networks, by VPC; undefined for a certificate from the operator's files. */
  readonly networkCaPaths: ReadonlyMap<string, string | undefined>
  /** Answers all further requests with other parts. */
  serveWith(served: Served): void
}

/** Opens the public listeners of the configuration. Throws OperatorError if an address is not available. */
export async function openListeners(
  base: Base,
  directory: DataDirectory,
  served: Served,
): Promise<Listeners> {
  const { config, cleanup, metrics } = base
  const http = new HttpServer({ ...served, limits: config.httpLimits })
  metrics?.add(() => http.metrics())
  const listeners: Listener[] = []
  cleanup.add(async () => {
    const closed = listeners.map(listener => listener.close())
    await http.close(shutdownGraceMillis)
    await Promise.all(closed)
  })
  const { host, port, servesPlainHttp } = config
  const listen = async (options: Omit<ListenerOptions, 'host'>): Promise<Listener> => {
    const listener = await Listener.listen({ host, ...options })
    listeners.push(listener)
    return listener
  }
  const shared = publicEndpointAddresses(config)
  if (shared.length > 0) base.log.warn({ addresses: shared }, sharedNotice)
  const plain =
    servesPlainHttp && port !== undefined
      ? await listen({
          port,
          setting: 'KEYWARD_PORT',
          accept: acceptorFor(http, base),
        })
      : undefined
  const plainUrl = plain && `http://${plain.authority}`
  const { acceptor, caPath, networkCaPaths = new Map() } = await openTls(base, directory, http)
  const tls =
    acceptor &&
    config.tls &&
    (await listen({
      port: config.tls.port,
      setting: 'KEYWARD_TLS_PORT',
      givesWay: !config.tls.isPortAskedFor,
      accept: acceptorFor(acceptor, base),
    }))
  return {
    listening: { plainUrl, tlsUrl: tls && `https://${tls.authority}`, caPath },
    ...{ http, tls: acceptor, networkCaPaths },
    serveWith: other => http.serveWith(other),
  }
}

/** A caller there passes by the policy and the security groups of the endpoint. */
const sharedNotice = 'the public listener accepts at the addresses of private endpoints, too'

/** Returns how a listener takes connections, whose addresses a trusted proxy may state. */
export function acceptorFor(server: ConnectionServer, { config, log }: Base): (socket: Socket) => void {
  const { proxyProtocol } = config.trustedProxies
  const onRefused = (proxyAddress: string) =>
    log.info({ proxyAddress }, 'a connection of a proxy did not begin with PROXY protocol version 2')
  return socket => acceptConnection(server, socket, proxyProtocol, onRefused)
}

/** Opens TLS for the listeners that speak it; there is no acceptor if none does. */
async function openTls(
  base: Base,
  directory: DataDirectory,
  http: HttpServer,
): Promise<{
  readonly acceptor?: TlsAcceptor
  readonly caPath?: string | undefined
  readonly networkCaPaths?: Listeners['networkCaPaths']
}> {
  const { config, log, cleanup, metrics } = base
  // Its CA is known by the file of all roots, which networks write, too.
  const own = config.tls && (await openCertificates(base, directory))
  const networks: [string, CertificateSource][] = []
  for (const vpc of config.vpcs)
    networks.push([vpc.vpcId, await openNetworkCertificates(base, directory, vpc)])
  // Without a public listener, nobody gets this certificate.
  const certificates = own ?? networks[0]?.[1]
  if (certificates === undefined) return {}
  const acceptor = new TlsAcceptor({
    certificate: certificates.current,
    groups: config.tlsGroups,
    http,
    onFailure: (reason, { remoteAddress }) => log.debug({ reason, remoteAddress }, 'a TLS handshake failed'),
  })
  metrics?.add(() => [
    ...acceptor.metrics(),
    ...(own === undefined ? [] : certificateMetrics('https', () => [own.current], systemClock)),
    ...(networks.length === 0
      ? []
      : certificateMetrics('vpcEndpoints', () => networks.map(([, { current }]) => current), systemClock)),
  ])
  own?.onChange(certificate => acceptor.useCertificate(certificate))
  for (const [vpcId, source] of networks) {
    acceptor.useCertificate(source.current, vpcId)
    source.onChange(certificate => acceptor.useCertificate(certificate, vpcId))
  }
  cleanup.add(() => {
    acceptor.close()
    log.info({ byKeyExchange: Object.fromEntries(acceptor.connectionsByKeyExchange) }, 'TLS connections')
  })
  return {
    ...{ acceptor, caPath: own?.current.caPath },
    networkCaPaths: new Map(networks.map(([vpcId, { current }]) => [vpcId, current.caPath])),
  }
}

function healthNotesOf(config: Config): string[] {
  return [
    ...(config.insecureNoAuth ? ['insecure-no-auth: requests are not authenticated'] : []),
    ...(config.audit.durability === 'synced'
      ? []
      : ['audit-durability written: a power cut can lose the records of the last second']),
    ...(config.testClock === 'off' ? [] : ['test-clock: clients may set the clock forward']),
  ]
}
