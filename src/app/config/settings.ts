import { Located, OperatorError, readNamedFile } from '../../std/index.ts'

interface Setting {
  readonly env: string
  readonly fallback: string | undefined
  readonly help: string
  /** The text for a list or a mapping in the configuration file; absent for a setting that must be a text there, too. */
  readonly textOf?: (value: Located) => string
  /** The name in the configuration file, where it is not that of the flag. */
  readonly inFile?: string
  /** Whether an empty variable is an empty list; it means the default otherwise. */
  readonly keepsEmpty?: boolean
}

/** All settings: the name of each in flags and files, its environment variable, its default and its help text. */
export const settings = {
  host: { env: 'KEYWARD_HOST', fallback: '127.0.0.1', help: 'address to listen on' },
  port: { env: 'KEYWARD_PORT', fallback: '4599', help: 'port to listen on; 0 for a free one, off for none' },
  'tls-port': {
    env: 'KEYWARD_TLS_PORT',
    fallback: undefined,
    help: 'port for HTTPS; 0 for a free one, off for none; 4600 if not set, or a free one if that is in use',
  },
  'tls-groups': {
    env: 'KEYWARD_TLS_GROUPS',
    fallback: 'hybrid',
    help: 'key exchanges of TLS: hybrid (post-quantum before classical), hybrid-only or classical',
  },
  'allow-plain-http': {
    env: 'KEYWARD_ALLOW_PLAIN_HTTP',
    fallback: 'false',
    help: 'serve plain HTTP also where other machines can reach it',
  },
  'tls-cert': {
    env: 'KEYWARD_TLS_CERT',
    fallback: undefined,
    help: 'PEM file of the certificate for HTTPS and its chain; a CA in the data directory issues one if not set',
  },
  'tls-key': {
    env: 'KEYWARD_TLS_KEY',
    fallback: undefined,
    help: 'PEM file of the private key of the certificate',
  },
  'tls-names': {
    env: 'KEYWARD_TLS_NAMES',
    fallback: undefined,
    help: 'comma-separated names and addresses that the certificate of the own CA has besides those of the machine',
    textOf: listText,
  },
  'metrics-port': {
    env: 'KEYWARD_METRICS_PORT',
    fallback: undefined,
    help: 'port for metrics; 0 for a free one, off for none; 4601 if not set, or a free one if that is in use',
  },
  'metrics-host': {
    env: 'KEYWARD_METRICS_HOST',
    fallback: '127.0.0.1',
    help: 'address to listen on for metrics, which anybody who reaches it can read',
  },
  'metrics-per-key': {
    env: 'KEYWARD_METRICS_PER_KEY',
    fallback: 'false',
    help: 'metrics name the keys whose imported key material expires next, and the trails, of all accounts',
  },
  'traces-endpoint': {
    env: 'KEYWARD_TRACES_ENDPOINT',
    fallback: undefined,
    help: 'URL of a receiver of OpenTelemetry traces (OTLP/HTTP), such as http://127.0.0.1:4318; no traces if not set',
  },
  'data-dir': { env: 'KEYWARD_DATA_DIR', fallback: './data', help: 'directory of all data' },
  'account-id': {
    env: 'KEYWARD_ACCOUNT_ID',
    fallback: undefined,
    help: 'account that the first start creates; 000000000000 if not set',
  },
  regions: {
    env: 'KEYWARD_REGIONS',
    fallback: 'us-east-1',
    help: 'comma-separated; the first is the default',
    textOf: listText,
  },
  'root-key': {
    env: 'KEYWARD_ROOT_KEY',
    fallback: undefined,
    help: 'who keeps the root key: file:PATH, relative to the data directory (file:root.key for a new one), passphrase:, passphrase-file:PATH, shares:, kms:KEY-ARN?endpoint=URL or pkcs11:LIBRARY?token=LABEL&key=LABEL&pin-file=PATH',
  },
  seed: {
    env: 'KEYWARD_SEED',
    fallback: undefined,
    help: 'YAML file of the accounts, access keys and keys that must exist',
  },
  'organization-policies': {
    env: 'KEYWARD_ORGANIZATION_POLICIES',
    fallback: undefined,
    help: 'YAML or JSON file of the policies above accounts: service control and resource control policies',
  },
  'log-level': {
    env: 'KEYWARD_LOG_LEVEL',
    fallback: 'warn',
    help: 'fatal, error, warn, info, debug or silent',
  },
  'insecure-no-auth': {
    env: 'KEYWARD_INSECURE_NO_AUTH',
    fallback: 'false',
    help: 'allow unsigned requests, which act as the root user; for tests, on loopback only',
  },
  sm2: {
    env: 'KEYWARD_SM2',
    fallback: 'false',
    help: 'offer SM2 keys also outside the China regions',
  },
  'nitro-root': {
    env: 'KEYWARD_NITRO_ROOT',
    fallback: undefined,
    help: 'PEM file of the root certificates for attestations of enclaves; the root of AWS if not set',
  },
  'oidc-issuers': {
    env: 'KEYWARD_OIDC_ISSUERS',
    fallback: undefined,
    help: 'OpenID Connect issuers whose tokens may assume roles: a YAML file, or the YAML itself',
    textOf: value => JSON.stringify(value.value()),
  },
  outbound: {
    env: 'KEYWARD_OUTBOUND',
    fallback: undefined,
    help: 'comma-separated hosts and ranges of addresses that the server itself may connect to; the hosts of other settings if not set',
    textOf: listText,
    keepsEmpty: true,
  },
  console: {
    env: 'KEYWARD_CONSOLE',
    fallback: 'on',
    help: 'on or off: whether the web console is served at /console/',
  },
  'cors-origins': {
    env: 'KEYWARD_CORS_ORIGINS',
    fallback: '*',
    help: 'origins whose web pages may call the server, comma-separated; * for all, none for no page',
    textOf: listText,
    keepsEmpty: true,
  },
  'trusted-proxies': {
    env: 'KEYWARD_TRUSTED_PROXIES',
    fallback: undefined,
    help: 'comma-separated addresses and ranges of proxies whose X-Forwarded-For is believed; with proxy-protocol: before it, those that speak the PROXY protocol',
    textOf: listText,
  },
  'rate-quotas': {
    env: 'KEYWARD_RATE_QUOTAS',
    fallback: 'false',
    help: 'limit callers to the requests per second of AWS KMS',
  },
  quotas: {
    env: 'KEYWARD_QUOTAS',
    fallback: undefined,
    help: 'comma-separated quotas that differ from the defaults, such as keys=1000,CreateKey=50',
    textOf: value =>
      value
        .entries()
        .map(([quota, number]) => `${quota}=${number.text()}`)
        .join(','),
  },
  'http-limits': {
    env: 'KEYWARD_HTTP_LIMITS',
    fallback: undefined,
    help: 'comma-separated limits of the wire that differ from the defaults, such as connectionsMax=500',
    textOf: value =>
      value
        .entries()
        .map(([limit, number]) => `${limit}=${number.text()}`)
        .join(','),
  },
  'test-clock': {
    env: 'KEYWARD_TEST_CLOCK',
    fallback: 'false',
    help: 'true or except-signatures: allow clients to set the clock forward; for tests, on loopback only',
  },
  audit: {
    env: 'KEYWARD_AUDIT',
    fallback: undefined,
    help: 'how the audit log is kept, such as its retention: a YAML file, or the YAML itself',
    textOf: value => JSON.stringify(value.value()),
  },
  backup: {
    env: 'KEYWARD_BACKUP',
    fallback: undefined,
    help: 'scheduled backups: where to, how often, how many are kept, and for which recipients of age: a YAML file, or the YAML itself',
    textOf: value => JSON.stringify(value.value()),
  },
  'xks-proxy': {
    env: 'KEYWARD_XKS_PROXY',
    fallback: undefined,
    help: 'listener for AWS KMS, to which this server is an external key store proxy: a YAML file, or the YAML itself; xksProxy in the configuration file',
    textOf: asWritten,
    inFile: 'xksProxy',
  },
  'trail-s3-endpoint': {
    env: 'KEYWARD_TRAIL_S3_ENDPOINT',
    fallback: undefined,
    help: 'URL of the S3 server that trails and backups are delivered to',
  },
  'trail-s3-credentials': {
    env: 'KEYWARD_TRAIL_S3_CREDENTIALS',
    fallback: undefined,
    help: 'shared-credentials file for that server; its profile default is used',
  },
  xks: {
    env: 'KEYWARD_XKS',
    fallback: undefined,
    help: 'how external key store proxies are reached: certificates, and the addresses of VPC endpoint services: a YAML file, or the YAML itself',
    textOf: value => JSON.stringify(value.value()),
  },
  pkcs11: {
    env: 'KEYWARD_PKCS11',
    fallback: undefined,
    help: 'PKCS#11 libraries and their names, a list of name, library (an absolute path) and environment: a YAML file, or the YAML itself',
    textOf: asWritten,
  },
  'hsm-clusters': {
    env: 'KEYWARD_HSM_CLUSTERS',
    fallback: undefined,
    help: 'clusters of PKCS#11 tokens for custom key stores: a YAML file, or the YAML itself; hsmClusters in the configuration file',
    textOf: asWritten,
    inFile: 'hsmClusters',
  },
  vpcs: {
    env: 'KEYWARD_VPCS',
    fallback: undefined,
    help: 'networks of private endpoints, with the addresses that endpoints may listen on: a YAML file, or the YAML itself',
    textOf: asWritten,
  },
  'vpce-port': {
    env: 'KEYWARD_VPCE_PORT',
    fallback: '443',
    help: 'port for HTTPS on the addresses of private endpoints; vpcePort in the configuration file',
    inFile: 'vpcePort',
  },
  config: { env: 'KEYWARD_CONFIG', fallback: undefined, help: 'YAML file of these settings' },
} as const satisfies Record<string, Setting>

function listText(value: Located): string {
  return value
    .items()
    .map(item => item.text())
    .join(',')
}

/** A value as JSON in which each scalar is a text as it is written: an id of digits stays as it is. */
function asWritten(value: Located): string {
  const toJson = (at: Located): unknown => {
    if (at.isMapping) return Object.fromEntries(at.entries().map(([name, member]) => [name, toJson(member)]))
    return at.isList ? at.items().map(toJson) : at.text()
  }
  return JSON.stringify(toJson(value))
}

/** The name of a setting, in flags and in the configuration file. */
export type SettingName = keyof typeof settings
/** Settings as texts, by name. */
export type SettingValues = Partial<Record<SettingName, string>>

const names = Object.keys(settings) as SettingName[]

/**
 * Collects all settings as texts: flags win over the environment, the environment over the file, the file over the
 * defaults. Throws OperatorError for an unknown setting: a misspelled name must not silently mean the default.
 */
export function gatherSettings(flags: SettingValues, environment: NodeJS.ProcessEnv): SettingValues {
  const fromEnvironment = readEnvironment(environment)
  const configPath = flags.config ?? fromEnvironment.config
  const fromFile = configPath === undefined ? {} : readConfigFile(configPath)
  const values: SettingValues = {}
  for (const name of names) {
    const value = flags[name] ?? fromEnvironment[name] ?? fromFile[name] ?? settings[name].fallback
    if (value !== undefined) values[name] = value
  }
  return values
}

function readEnvironment(environment: NodeJS.ProcessEnv): SettingValues {
  const byVariable = new Map<string, SettingName>(names.map(name => [settings[name].env, name]))
  const values: SettingValues = {}
  for (const [variable, value] of Object.entries(environment)) {
    if (!variable.startsWith('KEYWARD_') || value === undefined) continue
    const name = byVariable.get(variable)
    if (name === undefined) {
      throw new OperatorError(
        `${variable} is not a setting of this version of Keyward; the settings are ${[...byVariable.keys()].join(', ')}.`,
      )
    }
    const { keepsEmpty }: Setting = settings[name]
    if (value !== '' || keepsEmpty === true) values[name] = value
  }
  return values
}

function readConfigFile(path: string): SettingValues {
  const values: SettingValues = {}
  const byNameInFile = new Map(names.filter(name => name !== 'config').map(name => [nameInFile(name), name]))
  const members = Located.parse(readNamedFile(path, 'configuration file'), path).members([
    ...byNameInFile.keys(),
  ])
  for (const [inFile, value] of Object.entries(members)) {
    const name = byNameInFile.get(inFile) as SettingName
    if (value === undefined) continue
    const { textOf }: Setting = settings[name]
    values[name] = textOf === undefined || value.isText ? value.text() : textOf(value)
  }
  return values
}

function nameInFile(name: SettingName): string {
  const { inFile }: Setting = settings[name]
  return inFile ?? name
}
