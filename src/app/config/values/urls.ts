import { OperatorError } from '../../../std/index.ts'
import { type SettingName, settings } from '../settings.ts'

/** The protocols of HTTP. */
export const httpProtocols = ['https:', 'http:'] as const

/** Returns the URL of a text if it has one of the protocols, a host and no credentials. */
export function parseUrl(text: string, protocols: readonly string[]): URL | undefined {
  const url = URL.parse(text)
  if (url === null || !protocols.includes(url.protocol) || url.hostname === '') return undefined
  // A URL is shown in messages, so credentials must not be in it.
  return url.username === '' && url.password === '' ? url : undefined
}

/** Reads a setting that is the URL of a server, to which paths are added. Throws OperatorError. */
export function readEndpoint(name: SettingName, text: string, example: string): URL {
  const url = parseUrl(text, httpProtocols)
  if (url !== undefined && url.search === '' && url.hash === '') return url
  throw new OperatorError(
    `${settings[name].env} (--${name}) is '${text}'; it must be a URL such as ${example}.`,
  )
}
