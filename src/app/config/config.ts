import { resolve } from 'node:path'
import {
  isAccountId,
  isRegion,
  isRequestPool,
  type ResourceQuotas,
  resourceQuotaDefaults,
} from '../../domain/index.ts'
import type { ProxySettings, RootKeySetting } from '../../hsm/index.ts'
import type { CorsOrigins, EngineLimits } from '../../http/index.ts'
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
import { type ListeningConfig, readListening } from './listening.ts'
import { defaultMetricsPort, type MetricsConfig } from './metrics-settings.ts'
import { type IssuerConfig, readIssuers } from './oidc-issuers.ts'
import { hostsOfIssuers, readOutbound } from './outbound.ts'
import { type BackupSettings, readBackupSettings } from './recovery/backup-settings.ts'
import { hostsOfRootKey, readRootKeySetting } from './recovery/root-key-setting.ts'
import { gatherSettings, type SettingValues, settings } from './settings.ts'
import { hostsOfTraces, readTracesEndpoint } from './traces-endpoint.ts'
import { hostsOfTrails, readTrailSettings, type TrailSettings } from './trail-settings.ts'
import { readTrustedProxies, type TrustedProxies } from './trusted-proxies.ts'
import { flag, oneOf, port, text, wrong } from './values/setting-values.ts'
import { readXksProxySettings, type XksProxySettings } from './xks-proxy-settings.ts'
import { readXksSettings } from './xks-settings.ts'

/** The checked configuration of a server. */
export interface Config extends ListeningConfig {
  /** The settings as they were given. */
  readonly given: SettingValues
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
  /** Whether SM2 keys are also offered outside the China regions. */
  readonly offersSm2: boolean
  readonly nitroRootPath: string | undefined
  readonly oidcIssuers: readonly IssuerConfig[]
  /** The connections that the server itself may open. */
  readonly outbound: OutboundPolicy
  /** Whether the operator has listed those connections. */
  readonly isOutboundSet: boolean
  readonly trustedProxies: TrustedProxies
  /** Whether the web console is served. */
  readonly servesConsole: boolean
  /** The web pages that may call the server; undefined for none. */
  readonly corsOrigins: CorsOrigins | undefined
  readonly hasRateQuotas: boolean
  readonly quotas: ResourceQuotas
  /** The rates in requests per second that differ from those of AWS, by pool. */
  readonly requestRates: ReadonlyMap<string, number>
  readonly httpLimits: EngineLimits
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
}

const logLevels = ['fatal', 'error', 'warn', 'info', 'debug', 'silent']

/** Reads the configuration from flags, environment and configuration file. Throws OperatorError. */
export function loadConfig(flags: SettingValues, environment: NodeJS.ProcessEnv = process.env): Config {
  return toConfig(gatherSettings(flags, environment))
}

/** Checks the settings and returns the configuration. Throws OperatorError. */
export function toConfig(values: SettingValues): Config {
  const serverRegions = regions(values)
  const listening = readListening(values, serverRegions)
  const accountId = values['account-id']
  const oidcIssuers = readIssuers(values['oidc-issuers'])
  const audit = readAuditSettings(values.audit)
  const trails = readTrailSettings(values, audit.trails)
  const rootKey = readRootKeySetting(values)
  const dataDirectory = resolve(text(values, 'data-dir'))
  const tracesUrl = readTracesEndpoint(values['traces-endpoint'])
  if (accountId !== undefined && !isAccountId(accountId)) throw wrong(values, 'account-id', '12 digits')
  return {
    given: values,
    ...listening,
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
    servesConsole: oneOf(values, 'console', ['on', 'off']) === 'on',
    corsOrigins: readCorsOrigins(values['cors-origins'] ?? '*'),
    hasRateQuotas: flag(values, 'rate-quotas'),
    ...readQuotas(values),
    httpLimits: readHttpLimits(values['http-limits']),
    audit,
    trails,
    backup: readBackupSettings(values.backup, trails, dataDirectory),
    xksProxy: readXksProxySettings(values['xks-proxy'], {
      host: listening.host,
      region: serverRegions[0] ?? '',
    }),
    xks: readXksSettings(values.xks),
    ...readTokenSettings(values, serverRegions, rootKey),
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

function readMetrics(values: SettingValues): MetricsConfig | undefined {
  const host = text(values, 'metrics-host')
  const namesKeys = flag(values, 'metrics-per-key')
  const isPortAskedFor = values['metrics-port'] !== undefined
  const metricsPort = isPortAskedFor ? port(values, 'metrics-port', 0, 'orOff') : defaultMetricsPort
  return metricsPort === undefined ? undefined : { host, port: metricsPort, isPortAskedFor, namesKeys }
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
