import { parseRootKeySetting, type RootKeySetting } from '../../../hsm/index.ts'
import { OperatorError } from '../../../std/index.ts'
import type { NeededHost } from '../outbound.ts'
import { type SettingValues, settings } from '../settings.ts'

/** Reads who keeps the root key; undefined if the operator set nothing. Throws OperatorError. */
export function readRootKeySetting(values: SettingValues): RootKeySetting | undefined {
  const text = values['root-key']
  return text === undefined ? undefined : parseRootKeySetting(text)
}

/** Returns the host that the server must reach to open its root key. */
export function hostsOfRootKey(setting: RootKeySetting | undefined): NeededHost[] {
  if (setting?.kind !== 'kms') return []
  const { hostname: host, origin } = setting.endpoint
  return [{ host, complaint: `The root key cannot be fetched from ${origin}` }]
}

/** The addresses that a server listens on. */
interface OwnAddresses {
  readonly host: string
  readonly ports: readonly (number | undefined)[]
}

/** Refuses a server that would have to ask itself for its root key, which it could never open. Throws OperatorError. */
export function refuseOwnKeys(setting: RootKeySetting | undefined, { host, ports }: OwnAddresses): void {
  if (setting?.kind !== 'kms') return
  const { hostname, port, protocol, origin } = setting.endpoint
  const isOwnHost = ['localhost', '127.0.0.1', '[::1]', host].includes(hostname)
  const isOwnPort = ports.includes(Number(port === '' ? { 'http:': 80, 'https:': 443 }[protocol] : port))
  if (isOwnHost && isOwnPort)
    throw new OperatorError(
      `${settings['root-key'].env} has the endpoint ${origin}, which is this server itself: it cannot decrypt anything before it has its root key. Name a different KMS.`,
    )
}
