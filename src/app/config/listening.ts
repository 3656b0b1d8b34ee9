import type { TlsGroups } from '../../http/index.ts'
import { OperatorError } from '../../std/index.ts'
import { canonicalHost } from '../../tls/index.ts'
import { type SettingValues, settings } from './settings.ts'
import { flag, isLoopback, oneOf, port, text } from './values/setting-values.ts'
import { versionOf } from './vpcs/addresses.ts'
import { readVpcSettings, type VpcSetting } from './vpcs/vpc-settings.ts'

/** The checked settings about where a server listens, and about who may reach it without a proof. */
export interface ListeningConfig {
  /** The address of the public listener. */
  readonly host: string
  /** The port of the public listener for plain HTTP; undefined if it is off. */
  readonly port: number | undefined
  /** Plain HTTP is for the machine itself, unless the operator allows it elsewhere. */
  readonly servesPlainHttp: boolean
  /** The public listener for HTTPS; undefined if it is off. */
  readonly tls: TlsConfig | undefined
  /** The key exchanges of HTTPS, which private endpoints speak, too. */
  readonly tlsGroups: TlsGroups
  /** The networks in which private endpoints may listen. */
  readonly vpcs: readonly VpcSetting[]
  /** The port on which private endpoints listen. */
  readonly vpcePort: number
  readonly insecureNoAuth: boolean
  readonly testClock: 'off' | 'on' | 'exceptSignatures'
}

/** The checked settings of the public listener for HTTPS. */
export interface TlsConfig {
  readonly port: number
  /** Whether the operator asked for this port, so that no other will do. */
  readonly isPortAskedFor: boolean
}

/** The port for HTTPS if the operator asks for none. */
const defaultTlsPort = 4600

/** Reads where the server listens. `regions` are those of the server. Throws OperatorError. */
export function readListening(values: SettingValues, regions: readonly string[]): ListeningConfig {
  const host = text(values, 'host')
  const vpcs = readVpcSettings(values.vpcs, regions)
  const testModes = readTestModes(values, host, vpcs)
  const listening = {
    ...{ host, vpcs, ...testModes, ...readPublic(values, host, vpcs) },
    tlsGroups: oneOf(values, 'tls-groups', ['hybrid', 'hybrid-only', 'classical']) as TlsGroups,
    // Clients know the port from their own settings alone, so that a free one would not do.
    vpcePort: port(values, 'vpce-port', 1),
  }
  checkPorts(listening)
  return listening
}

/** The addresses on which private endpoints may listen. */
export function endpointAddresses(vpcs: readonly VpcSetting[]): string[] {
  return vpcs.flatMap(({ subnets }) => subnets.flatMap(({ addresses }) => addresses))
}

/** Whether the server has a public listener. Without one, only clients of private endpoints reach it. */
export const hasPublicListener = ({ servesPlainHttp, tls }: ListeningConfig): boolean =>
  servesPlainHttp || tls !== undefined

/** Returns the addresses of private endpoints at which the public listener accepts, too, at its own ports. */
export function publicEndpointAddresses(config: ListeningConfig): string[] {
  if (!hasPublicListener(config)) return []
  const host = canonicalHost(config.host)
  const addresses = endpointAddresses(config.vpcs)
  if (host === '::') return addresses
  return addresses.filter(address => address === host || (host === '0.0.0.0' && versionOf(address) === 4))
}

/** Reads the settings for tests, which would be open doors if other machines could connect. */
function readTestModes(
  values: SettingValues,
  host: string,
  vpcs: readonly VpcSetting[],
): Pick<ListeningConfig, 'insecureNoAuth' | 'testClock'> {
  const insecureNoAuth = flag(values, 'insecure-no-auth')
  const known = { false: 'off', true: 'on', 'except-signatures': 'exceptSignatures' } as const
  const testClock = known[oneOf(values, 'test-clock', Object.keys(known)) as keyof typeof known]
  const mode = insecureNoAuth ? 'insecure-no-auth' : testClock === 'off' ? undefined : 'test-clock'
  if (mode === undefined) return { insecureNoAuth, testClock }
  const reachable = [
    ...(isLoopback(host) ? [] : [`${settings.host.env} is ${host}`]),
    ...endpointAddresses(vpcs).flatMap(address =>
      isLoopback(address) ? [] : [`the setting vpcs has the address ${address}`],
    ),
  ]
  if (reachable[0] === undefined) return { insecureNoAuth, testClock }
  throw new OperatorError(`${mode} works on a loopback address only, and ${reachable[0]}.`)
}

function readPublic(
  values: SettingValues,
  host: string,
  vpcs: readonly VpcSetting[],
): Pick<ListeningConfig, 'port' | 'servesPlainHttp' | 'tls'> {
  const plainPort = port(values, 'port', 0, 'orOff')
  const isPlainAllowed = flag(values, 'allow-plain-http') || isLoopback(host)
  const servesPlainHttp = plainPort !== undefined && isPlainAllowed
  const isPortAskedFor = values['tls-port'] !== undefined
  const tlsPort = isPortAskedFor ? port(values, 'tls-port', 0, 'orOff') : defaultTlsPort
  const tls = tlsPort === undefined ? undefined : { port: tlsPort, isPortAskedFor }
  if (servesPlainHttp || tls !== undefined) return { port: plainPort, servesPlainHttp, tls }
  if (plainPort !== undefined)
    throw new OperatorError(
      `KEYWARD_TLS_PORT is off, and plain HTTP is for loopback addresses only, but KEYWARD_HOST is ${host}. Set KEYWARD_ALLOW_PLAIN_HTTP=true if a TLS proxy is in front.`,
    )
  if (endpointAddresses(vpcs).length > 0) return { port: plainPort, servesPlainHttp, tls }
  throw new OperatorError(
    'KEYWARD_PORT and KEYWARD_TLS_PORT are off, and no subnet of the setting vpcs has an address, so that nobody could reach the server.',
  )
}

/** A listener on all addresses keeps every other from its port. */
function checkPorts(config: ListeningConfig): void {
  const { host, servesPlainHttp, tls, vpcePort } = config
  const ports = { KEYWARD_PORT: servesPlainHttp ? config.port : undefined, KEYWARD_TLS_PORT: tls?.port }
  const [taken] = Object.entries(ports).find(([, number]) => number === vpcePort) ?? []
  if (taken === undefined || publicEndpointAddresses(config).length === 0) return
  throw new OperatorError(
    `KEYWARD_HOST is ${host}, and both ${taken} and KEYWARD_VPCE_PORT are ${vpcePort}: the public listener would take the addresses of private endpoints. Set one of the ports to a different one.`,
  )
}
