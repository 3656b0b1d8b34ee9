import { readFileSync } from 'node:fs'
import { Located, OperatorError } from '../../std/index.ts'

/** Every setting there is: its flag and file name, its environment variable, and what it is for. */
export const settings = {
  host: { env: 'KEYWARD_HOST', fallback: '127.0.0.1', help: 'address to listen on' },
  port: { env: 'KEYWARD_PORT', fallback: '4599', help: 'port to listen on; 0 for a free one' },
  'data-dir': { env: 'KEYWARD_DATA_DIR', fallback: './data', help: 'where everything is kept' },
  'account-id': {
    env: 'KEYWARD_ACCOUNT_ID',
    fallback: undefined,
    help: 'the account the first start makes; 000000000000 when not set',
  },
  regions: {
    env: 'KEYWARD_REGIONS',
    fallback: 'us-east-1',
    help: 'comma-separated; the first is the default',
  },
  'root-key': {
    env: 'KEYWARD_ROOT_KEY',
    fallback: 'file:root.key',
    help: 'where the root key comes from: file:PATH, relative to the data directory',
  },
  seed: {
    env: 'KEYWARD_SEED',
    fallback: undefined,
    help: 'a YAML file of accounts, access keys and keys to have',
  },
  'organization-policies': {
    env: 'KEYWARD_ORGANIZATION_POLICIES',
    fallback: undefined,
    help: 'a YAML or JSON file of the policies above accounts: service control and resource control policies',
  },
  'log-level': {
    env: 'KEYWARD_LOG_LEVEL',
    fallback: 'warn',
    help: 'fatal, error, warn, info, debug or silent',
  },
  'insecure-no-auth': {
    env: 'KEYWARD_INSECURE_NO_AUTH',
    fallback: 'false',
    help: 'let unsigned requests act as the root user; for tests, on loopback only',
  },
  sm2: {
    env: 'KEYWARD_SM2',
    fallback: 'false',
    help: 'offer SM2 keys outside of the China regions too',
  },
  'nitro-root': {
    env: 'KEYWARD_NITRO_ROOT',
    fallback: undefined,
    help: 'a PEM file of the roots that enclaves are attested by; the root of AWS when not set',
  },
  'oidc-issuers': {
    env: 'KEYWARD_OIDC_ISSUERS',
    fallback: undefined,
    help: 'the OpenID Connect issuers whose tokens may assume roles: a YAML file, or YAML itself',
  },
  'rate-quotas': {
    env: 'KEYWARD_RATE_QUOTAS',
    fallback: 'false',
    help: 'hold callers to the requests per second of AWS KMS',
  },
  quotas: {
    env: 'KEYWARD_QUOTAS',
    fallback: undefined,
    help: 'comma-separated quotas that differ from the defaults, such as keys=1000,CreateKey=50',
  },
  'test-clock': {
    env: 'KEYWARD_TEST_CLOCK',
    fallback: 'false',
    help: 'true or except-signatures: let clients set the clock forward; for tests, on loopback only',
  },
  config: { env: 'KEYWARD_CONFIG', fallback: undefined, help: 'a YAML file of these settings' },
} as const satisfies Record<string, { env: string; fallback: string | undefined; help: string }>

export type SettingName = keyof typeof settings
export type SettingValues = Partial<Record<SettingName, string>>

const names = Object.keys(settings) as SettingName[]

/**
 * All settings as texts: flags win over the environment, the environment over the file, the file over the defaults.
 * Throws OperatorError for a setting nobody knows: a misspelt one must not be a default in disguise.
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
        `${variable} is not a setting of this version of Keyward; known are ${[...byVariable.keys()].join(', ')}.`,
      )
    }
    if (value !== '') values[name] = value
  }
  return values
}

function readConfigFile(path: string): SettingValues {
  const values: SettingValues = {}
  for (const [name, value] of Object.entries(
    Located.parse(readText(path), path).members(names.filter(name => name !== 'config')),
  )) {
    values[name as SettingName] =
      name === 'quotas' && !value.isText
        ? value
            .entries()
            .map(([quota, number]) => `${quota}=${number.text()}`)
            .join(',')
        : name === 'oidc-issuers' && !value.isText
          ? JSON.stringify(value.value())
          : name === 'regions' && !value.isText
            ? value
                .items()
                .map(item => item.text())
                .join(',')
            : value.text()
  }
  return values
}

function readText(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch (error) {
    throw new OperatorError(`The configuration file ${path} cannot be read: ${(error as Error).message}`)
  }
}
