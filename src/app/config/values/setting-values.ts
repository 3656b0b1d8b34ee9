import { isIP } from 'node:net'
import { OperatorError } from '../../../std/index.ts'
import { type SettingName, type SettingValues, settings } from '../settings.ts'

/** Reads a setting that is a text. Throws OperatorError if it is empty. */
export function text(values: SettingValues, name: SettingName): string {
  const value = values[name] ?? settings[name].fallback ?? ''
  if (value.trim() === '') throw wrong(values, name, 'a text that is not empty')
  return value
}

/** Reads a setting that is true or false. Throws OperatorError. */
export function flag(values: SettingValues, name: SettingName): boolean {
  return oneOf(values, name, ['true', 'false']) === 'true'
}

/** Reads a setting that is one of some texts. Throws OperatorError. */
export function oneOf(values: SettingValues, name: SettingName, known: readonly string[]): string {
  const value = text(values, name)
  if (!known.includes(value)) throw wrong(values, name, `one of ${known.join(', ')}`)
  return value
}

type PortName = 'port' | 'tls-port' | 'metrics-port' | 'vpce-port'

/** Reads a setting that is a port, or `off` if `orOff`, which is undefined then. Throws OperatorError. */
export function port(values: SettingValues, name: PortName, min: number, orOff: 'orOff'): number | undefined
export function port(values: SettingValues, name: PortName, min: number): number
export function port(
  values: SettingValues,
  name: PortName,
  min: number,
  orOff?: 'orOff',
): number | undefined {
  const given = text(values, name)
  if (orOff !== undefined && given === 'off') return undefined
  const number = /^\d{1,5}$/.test(given) ? Number(given) : Number.NaN
  if (number >= min && number <= 65_535) return number
  throw wrong(values, name, `a number from ${min} to 65535${orOff === undefined ? '' : ', or off'}`)
}

/** The error about a setting that is not as expected. */
export function wrong(values: SettingValues, name: SettingName, expected: string): OperatorError {
  return new OperatorError(`${settings[name].env} (--${name}) is '${values[name]}'; it must be ${expected}.`)
}

/** Whether a server on this host can be reached from its own machine only. */
export function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || (isIP(host) === 4 && host.startsWith('127.'))
}
