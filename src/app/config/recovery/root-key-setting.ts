import { parseRootKeySetting, type RootKeySetting } from '../../../hsm/index.ts'
import type { NeededHost } from '../outbound.ts'
import type { SettingValues } from '../settings.ts'

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
