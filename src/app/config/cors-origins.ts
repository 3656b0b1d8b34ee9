import type { CorsOrigins } from '../../http/index.ts'
import { OperatorError } from '../../std/index.ts'
import { settings } from './settings.ts'

/** Reads the origins whose pages may call the server; undefined for none. Throws OperatorError. */
export function readCorsOrigins(setting: string): CorsOrigins | undefined {
  if (setting === '*') return '*'
  if (setting === '' || setting === 'none') return undefined
  const origins = setting.split(',').map(origin => origin.trim())
  const wrong = origins.find(origin => !isOrigin(origin))
  if (wrong !== undefined) {
    throw new OperatorError(
      `${settings['cors-origins'].env} (--cors-origins) has '${wrong}'; it must be *, none, or origins such as https://app.example.com or http://localhost:3000, separated by commas.`,
    )
  }
  return new Set(origins)
}

/** Whether a text is an origin as browsers write it: no path, no default port, lower case (RFC 6454, 6.2). */
function isOrigin(text: string): boolean {
  return /^https?:/.test(text) && URL.canParse(text) && new URL(text).origin === text
}
