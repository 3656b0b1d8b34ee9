import { isIP } from 'node:net'
import { resolve } from 'node:path'
import { isAccountId, isRegion } from '../domain/index.ts'
import { OperatorError } from '../std/index.ts'
import { gatherSettings, type SettingName, type SettingValues, settings } from './settings.ts'

/** What the server runs with, checked. */
export interface Config {
  readonly host: string
  readonly port: number
  readonly dataDirectory: string
  /** Undefined: 000000000000 on the first start, and whatever it was later. */
  readonly accountId: string | undefined
  /** At least one; the first is the default. */
  readonly regions: readonly string[]
  readonly rootKey: string
  readonly seedPath: string | undefined
  readonly logLevel: string
  readonly insecureNoAuth: boolean
}

const logLevels = ['fatal', 'error', 'warn', 'info', 'debug', 'silent']

/** From flags, environment and configuration file. Throws OperatorError. */
export function loadConfig(flags: SettingValues, environment: NodeJS.ProcessEnv = process.env): Config {
  return toConfig(gatherSettings(flags, environment))
}

export function toConfig(values: SettingValues): Config {
  const host = text(values, 'host')
  const insecureNoAuth = flag(values, 'insecure-no-auth')
  if (insecureNoAuth && !isLoopback(host)) {
    throw new OperatorError(`insecure-no-auth works on a loopback address only, and KEYWARD_HOST is ${host}.`)
  }
  const { 'account-id': accountId, seed } = values
  if (accountId !== undefined && !isAccountId(accountId)) throw wrong(values, 'account-id', '12 digits')
  return {
    host,
    port: port(values),
    dataDirectory: resolve(text(values, 'data-dir')),
    accountId,
    regions: regions(values),
    rootKey: text(values, 'root-key'),
    seedPath: seed === undefined ? undefined : resolve(seed),
    logLevel: oneOf(values, 'log-level', logLevels),
    insecureNoAuth,
  }
}

/** Whether what listens there can be reached from this machine only. */
export function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || (isIP(host) === 4 && host.startsWith('127.'))
}

function port(values: SettingValues): number {
  const given = text(values, 'port')
  const number = /^\d{1,5}$/.test(given) ? Number(given) : Number.NaN
  if (!(number <= 65_535)) throw wrong(values, 'port', 'a number from 0 to 65535')
  return number
}

function regions(values: SettingValues): string[] {
  const list = text(values, 'regions')
    .split(',')
    .map(region => region.trim())
  const isFine = list.every(isRegion) && new Set(list).size === list.length
  if (!isFine)
    throw wrong(values, 'regions', 'region names such as us-east-1, each once, with commas between')
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
  if (value.trim() === '') throw wrong(values, name, 'something')
  return value
}

function wrong(values: SettingValues, name: SettingName, wanted: string): OperatorError {
  return new OperatorError(`${settings[name].env} (--${name}) is '${values[name]}'; it must be ${wanted}.`)
}
