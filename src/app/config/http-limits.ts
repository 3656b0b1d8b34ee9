import { type EngineLimits, engineLimitDefaults, engineLimitRows } from '../../http/index.ts'
import { OperatorError } from '../../std/index.ts'
import { settings } from './settings.ts'

/** Reads limits of the wire, such as `connectionsMax=500,headersTimeoutMillis=5000`. Throws OperatorError. */
export function readHttpLimits(text: string | undefined): EngineLimits {
  const limits: { -readonly [N in keyof EngineLimits]: number } = { ...engineLimitDefaults }
  for (const item of (text ?? '').split(',').filter(part => part.trim() !== '')) {
    const [, name = '', number = ''] = /^(\w+)=(\d{1,15})$/.exec(item.trim()) ?? []
    if (!isLimit(name))
      throw wrong(item, `NAME=NUMBER, where NAME is one of ${Object.keys(engineLimitRows).join(', ')}`)
    const { min, max } = engineLimitRows[name]
    limits[name] = Number(number)
    if (!(limits[name] >= min && limits[name] <= max)) throw wrong(item, `from ${min} to ${max}`)
  }
  return limits
}

function isLimit(name: string): name is keyof EngineLimits {
  return Object.hasOwn(engineLimitRows, name)
}

function wrong(item: string, expected: string): OperatorError {
  return new OperatorError(
    `${settings['http-limits'].env} (--http-limits) has '${item.trim()}'; it must be ${expected}.`,
  )
}
