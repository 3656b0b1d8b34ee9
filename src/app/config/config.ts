import { isIP } from 'node:net'
import { resolve } from 'node:path'
import {
  isAccountId,
  isRegion,
  isRequestPool,
  type ResourceQuotas,
  resourceQuotaDefaults,
} from '../../domain/index.ts'
import type { ProxySettings, RootKeySetting } from '../../hsm/index.ts'
import type { CorsOrigins, EngineLimits, TlsGroups } from '../../http/index.ts'
import { kms } from '../../services/index.ts'
import { OperatorError, type OutboundPolicy } from '../../std/index.ts'
import type { CertificatePaths } from '../../tls/index.ts'
import { type AuditSettings, readAuditSettings } from './audit-settings.ts'
import { hostsOfSinks } from './audit-sinks.ts'
import { readCertificateSettings } from './certificate-settings.ts'
import { readCorsOrigins } from './cors-origins.ts'
import { type HsmClusterSettings, readClusterSettings } from './hsm/cluster-settings.ts'
import { type Pkcs11Libraries, readPkcs11Settings } from './hsm/pkcs11-settings.ts'
import { readHttpLimits } from './http-limits.ts'
import { defaultMetricsPort, type MetricsConfig } from './metrics-settings.ts'
import { type IssuerConfig, readIssuers } from './oidc-issuers.ts'
import { hostsOfIssuers, readOutbound } from './outbound.ts'
import { type BackupSettings, readBackupSettings } from './recovery/backup-settings.ts'
import { hostsOfRootKey, readRootKeySetting } from './recovery/root-key-setting.ts'
import { gatherSettings, type SettingName, type SettingValues, settings } from './settings.ts'
import { hostsOfTraces, readTracesEndpoint } from './traces-endpoint.ts'
import { hostsOfTrails, readTrailSettings, type TrailSettings } from './trail-settings.ts'
import { readTrustedProxies, type TrustedProxies } from './trusted-proxies.ts'
import { readVpcSettings, type VpcSetting } from './vpcs/vpc-settings.ts'
import { readXksProxySettings, type XksProxySettings } from './xks-proxy-settings.ts'
import { readXksSettings } from './xks-settings.ts'

/** The checked configuration of a server. */
export interface Config {
  /** The settings as they were given. */
  readonly given: SettingValues
  readonly host: string
  readonly port: number
  /** Plain HTTP is for the machine itself, unless the operator allows it elsewhere. */
  readonly servesPlainHttp: boolean
  /** Undefined if the server speaks no TLS. */
  readonly tls: TlsConfig | undefined
  /** The key exchanges of HTTPS, which private endpoints speak, too. */
  readonly tlsGroups: TlsGroups
  /** The operator's certificate for HTTPS; undefined for a CA of the server's own. */
  readonly certificatePaths: CertificatePaths | undefined
  /** The names that the certificate of the own CA has because the operator asked for them, in canonical form. */
  readonly tlsNames: readonly string[]
  /** Undefined if the server has no metrics. */
  readonly metrics: MetricsConfig | undefined
  /** The URL that traces are sent to; undefined for no traces. */
  readonly tracesUrl: URL | undefined
  readonly dataDirectory: string
  /** Undefined means 000000000000 on the first start, and the account of the data directory on later ones. */
  readonly accountId: string | undefined
  /** At least one region; the first is the default. */
  readonly regions: readonly string[]
  /** The keeper of the root key. Undefined follows the data directory; a new one gets a file. */
  readonly rootKey: RootKeySetting | undefined
  readonly seedPath: string | undefined
  readonly organizationPoliciesPath: string | undefined
  readonly logLevel: string
  readonly insecureNoAuth: boolean
  /** Whether SM2 keys are also offered outside the China regions. */
  readonly offersSm2: boolean
  readonly nitroRootPath: string | undefined
  readonly oidcIssuers: readonly IssuerConfig[]
  /** The connections that the server itself may open. */
  readonly outbound: OutboundPolicy
  /** Whether the operator has listed those connections. */
  readonly isOutboundSet: boolean
  readonly trustedProxies: TrustedProxies
  /** The web pages that may call the server; undefined for none. */
  readonly corsOrigins: CorsOrigins | undefined
  readonly hasRateQuotas: boolean
  readonly quotas: ResourceQuotas
  /** The rates in requests per second that differ from those of AWS, by pool. */
  readonly requestRates: ReadonlyMap<string, number>
  readonly httpLimits: EngineLimits
  readonly testClock: 'off' | 'on' | 'exceptSignatures'
  readonly audit: AuditSettings
  /** Where and how often trails are delivered. */
  readonly trails: TrailSettings
  /** Undefined if there are no scheduled backups. */
  readonly backup: BackupSettings | undefined
  /** Undefined if the server is no external key store proxy. */
  readonly xksProxy: XksProxySettings | undefined
  /** How external key store proxies are reached. */
  readonly xks: ProxySettings
  /** The PKCS#11 libraries that other settings name. */
  readonly pkcs11: Pkcs11Libraries
  /** The clusters of PKCS#11 tokens, by id. */
  readonly hsmClusters: HsmClusterSettings
  /** The networks in which private endpoints may listen. */
  readonly vpcs: readonly VpcSetting[]
  /** The port on which private endpoints listen. */
  readonly vpcePort: number
}

/** The checked configuration of HTTPS. */
export interface TlsConfig {
  readonly port: number
  /** Whether the operator asked for this port, so that no other will do. */
  readonly isPortAskedFor: boolean
}

const logLevels = ['fatal', 'error', 'warn', 'info', 'debug', 'silent']

/** Reads the configuration from flags, environment and configuration file. Throws OperatorError. */
export function loadConfig(flags: SettingValues, environment: NodeJS.ProcessEnv = process.env): Config {
  return toConfig(gatherSettings(flags, environment))
}

/** Checks the settings and returns the configuration. Throws OperatorError. */
export function toConfig(values: SettingValues): Config {
  const host = text(values, 'host')
  const testModes = readTestModes(values, host)
  const accountId = values['account-id']
  const oidcIssuers = readIssuers(values['oidc-issuers'])
  const serverRegions = regions(values)
  const audit = readAuditSettings(values.audit)
  const trails = readTrailSettings(values, audit.trails)
  const rootKey = readRootKeySetting(values)
  const dataDirectory = resolve(text(values, 'data-dir'))
  const tracesUrl = readTracesEndpoint(values['traces-endpoint'])
  if (accountId !== undefined && !isAccountId(accountId)) throw wrong(values, 'account-id', '12 digits')
  return {
    given: values,
    host,
    port: port(values, 'port'),
    ...readProtocols(values, host),
    ...readCertificateSettings(values),
    metrics: readMetrics(values),
    tracesUrl,
    dataDirectory,
    accountId,
    regions: serverRegions,
    rootKey,
    seedPath: pathIn(values.seed),
    organizationPoliciesPath: pathIn(values['organization-policies']),
    logLevel: oneOf(values, 'log-level', logLevels),
    ...testModes,
    offersSm2: flag(values, 'sm2'),
    nitroRootPath: pathIn(values['nitro-root']),
    oidcIssuers,
    outbound: readOutbound(values.outbound, [
      ...hostsOfIssuers(oidcIssuers),
      ...hostsOfTrails(trails),
      ...hostsOfSinks(audit.sinks, audit.witnesses),
      ...hostsOfTraces(tracesUrl),
      ...hostsOfRootKey(rootKey),
    ]),
    isOutboundSet: values.outbound !== undefined,
    trustedProxies: readTrustedProxies(values['trusted-proxies']),
    corsOrigins: readCorsOrigins(values['cors-origins'] ?? '*'),
    hasRateQuotas: flag(values, 'rate-quotas'),
    ...readQuotas(values),
    httpLimits: readHttpLimits(values['http-limits']),
    audit,
    trails,
    backup: readBackupSettings(values.backup, trails, dataDirectory),
    xksProxy: readXksProxySettings(values['xks-proxy'], { host, region: serverRegions[0] ?? '' }, isLoopback),
    xks: readXksSettings(values.xks),
    ...readTokenSettings(values, serverRegions, rootKey),
    ...readVpcs(values, serverRegions),
  }
}

function readTokenSettings(
  values: SettingValues,
  regions: readonly string[],
  rootKey: RootKeySetting | undefined,
): Pick<Config, 'pkcs11' | 'hsmClusters'> {
  const pkcs11 = readPkcs11Settings(values.pkcs11)
  const others = { libraries: pkcs11, regions, rootKey }
  return { pkcs11, hsmClusters: readClusterSettings(values['hsm-clusters'], others) }
}

const pathIn = (setting: string | undefined) => (setting === undefined ? undefined : resolve(setting))

/** Reads the settings for tests, which would be open doors if other machines could connect. */
function readTestModes(values: SettingValues, host: string): Pick<Config, 'insecureNoAuth' | 'testClock'> {
  const insecureNoAuth = flag(values, 'insecure-no-auth')
  const known = { false: 'off', true: 'on', 'except-signatures': 'exceptSignatures' } as const
  const testClock = known[oneOf(values, 'test-clock', Object.keys(known)) as keyof typeof known]
  const mode = insecureNoAuth ? 'insecure-no-auth' : testClock === 'off' ? undefined : 'test-clock'
  if (mode === undefined || isLoopback(host)) return { insecureNoAuth, testClock }
  throw new OperatorError(`${mode} works on a loopback address only, and KEYWARD_HOST is ${host}.`)
}

function readVpcs(values: SettingValues, regions: readonly string[]): Pick<Config, 'vpcs' | 'vpcePort'> {
  // Clients know the port from their own settings alone, so that a free one would not do.
  return { vpcs: readVpcSettings(values.vpcs, regions), vpcePort: port(values, 'vpce-port', { min: 1 }) }
}

const quotaNames: Readonly<Record<string, keyof ResourceQuotas>> = {
  keys: 'keys',
  'aliases-per-key': 'aliasesPerKey',
  'grants-per-key': 'grantsPerKey',
  'on-demand-rotations-per-key': 'onDemandRotationsPerKey',
}

function readQuotas(values: SettingValues): Pick<Config, 'quotas' | 'requestRates'> {
  const quotas: { -readonly [N in keyof ResourceQuotas]: number } = { ...resourceQuotaDefaults }
  const requestRates = new Map<string, number>()
  for (const item of (values.quotas ?? '').split(',').filter(part => part.trim() !== '')) {
    const [, name = '', number = ''] = /^([\w.-]+)=(\d{1,9})$/.exec(item.trim()) ?? []
    const resource = Object.hasOwn(quotaNames, name) ? quotaNames[name] : undefined
    if (resource !== undefined) quotas[resource] = Number(number)
    else if (isRequestPool(name, operationNames)) requestRates.set(name, Number(number))
    else {
      throw new OperatorError(
        `${settings.quotas.env} (--quotas) has '${item.trim()}'; it must be NAME=NUMBER, where NAME is one of ${Object.keys(quotaNames).join(', ')}, an operation or a pool of operations.`,
      )
    }
  }
  return { quotas, requestRates }
}

const operationNames: ReadonlySet<string> = new Set(kms.operations.keys())

/** Whether a server on this host can be reached from its own machine only. */
export function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || (isIP(host) === 4 && host.startsWith('127.'))
}

/** The port for HTTPS if the operator asks for none. */
const defaultTlsPort = 4600

function readProtocols(
  values: SettingValues,
  host: string,
): Pick<Config, 'servesPlainHttp' | 'tls' | 'tlsGroups'> {
  const servesPlainHttp = flag(values, 'allow-plain-http') || isLoopback(host)
  const tlsGroups = oneOf(values, 'tls-groups', ['hybrid', 'hybrid-only', 'classical']) as TlsGroups
  if (values['tls-port'] !== 'off') {
    const isPortAskedFor = values['tls-port'] !== undefined
    const tlsPort = isPortAskedFor ? port(values, 'tls-port', { more: ', or off' }) : defaultTlsPort
    return { servesPlainHttp, tls: { port: tlsPort, isPortAskedFor }, tlsGroups }
  }
  if (servesPlainHttp) return { servesPlainHttp, tls: undefined, tlsGroups }
  throw new OperatorError(
    `KEYWARD_TLS_PORT is off, and plain HTTP is for loopback addresses only, but KEYWARD_HOST is ${host}. Set KEYWARD_ALLOW_PLAIN_HTTP=true if a TLS proxy is in front.`,
  )
}

function readMetrics(values: SettingValues): MetricsConfig | undefined {
  const host = text(values, 'metrics-host')
  const namesKeys = flag(values, 'metrics-per-key')
  if (values['metrics-port'] === 'off') return undefined
  const isPortAskedFor = values['metrics-port'] !== undefined
  const metricsPort = isPortAskedFor ? port(values, 'metrics-port', { more: ', or off' }) : defaultMetricsPort
  return { host, port: metricsPort, isPortAskedFor, namesKeys }
}

type PortName = 'port' | 'tls-port' | 'metrics-port' | 'vpce-port'

function port(values: SettingValues, name: PortName, { min = 0, more = '' } = {}): number {
  const given = text(values, name)
  const number = /^\d{1,5}$/.test(given) ? Number(given) : Number.NaN
  if (!(number >= min && number <= 65_535)) throw wrong(values, name, `a number from ${min} to 65535${more}`)
  return number
}

function regions(values: SettingValues): string[] {
  const list = text(values, 'regions')
    .split(',')
    .map(region => region.trim())
  const isFine = list.every(isRegion) && new Set(list).size === list.length
  if (!isFine)
    throw wrong(values, 'regions', 'region names such as us-east-1, each once, separated by commas')
  return list
}

function flag(values: SettingValues, name: SettingName): boolean {
  return oneOf(values, name, ['true', 'false']) === 'true'
}

function oneOf(values: SettingValues, name: SettingName, known: readonly string[]): string {
  const value = text(values, name)
  if (!known.includes(value)) throw wrong(values, name, `one of ${known.join(', ')}`)
  return value
}

function text(values: SettingValues, name: SettingName): string {
  const value = values[name] ?? settings[name].fallback ?? ''
  if (value.trim() === '') throw wrong(values, name, 'a text that is not empty')
  return value
}

function wrong(values: SettingValues, name: SettingName, expected: string): OperatorError {
  return new OperatorError(`${settings[name].env} (--${name}) is '${values[name]}'; it must be ${expected}.`)
}
