import type { SettingName, SettingValues } from '../config/settings.ts'

/** The part of each setting that a backup keeps: the value, the origin of a URL, or nothing but that it was given. */
const shown = {
  host: 'value',
  port: 'value',
  'tls-port': 'value',
  'tls-groups': 'value',
  'allow-plain-http': 'value',
  'tls-cert': 'value',
  'tls-key': 'value',
  'tls-names': 'value',
  'metrics-port': 'value',
  'metrics-host': 'value',
  'metrics-per-key': 'value',
  // A user's password, a path and a query may be secrets.
  'traces-endpoint': 'origin',
  'data-dir': 'value',
  'account-id': 'value',
  regions: 'value',
  // The manifest has the kind of the root key.
  'root-key': 'name',
  seed: 'value',
  'organization-policies': 'value',
  'log-level': 'value',
  'insecure-no-auth': 'value',
  sm2: 'value',
  'nitro-root': 'value',
  'oidc-issuers': 'name',
  outbound: 'value',
  console: 'value',
  'cors-origins': 'value',
  'trusted-proxies': 'value',
  'rate-quotas': 'value',
  quotas: 'value',
  'http-limits': 'value',
  'test-clock': 'value',
  // Webhooks have secrets in their URLs, which YAML can write in many ways.
  audit: 'name',
  backup: 'name',
  'xks-proxy': 'name',
  'trail-s3-endpoint': 'origin',
  'trail-s3-credentials': 'value',
  xks: 'name',
  // The variables of a library may be secrets of its vendor.
  pkcs11: 'name',
  'hsm-clusters': 'value',
  vpcs: 'value',
  'vpce-port': 'value',
  config: 'value',
} as const satisfies Record<SettingName, 'value' | 'origin' | 'name'>

/** The text in place of a value that is not kept. */
export const notKept = '(not kept)'

/**
 * Returns the settings as a backup keeps them, in clear for everybody who can open it. Values are kept only of settings that have
 * no secrets: numbers, choices, names of hosts and paths of files.
 */
export function shownSettings(values: SettingValues): Record<string, string> {
  return Object.fromEntries(
    Object.entries(values).map(([name, value]) => [name, textOf(name as SettingName, value)]),
  )
}

function textOf(name: SettingName, value: string): string {
  if (shown[name] === 'value') return value
  return shown[name] === 'origin' ? originOf(value) : notKept
}

function originOf(text: string): string {
  const url = URL.parse(text)
  // The URLs of other schemes than HTTP's have no origin (WHATWG URL, "origin").
  return url === null || url.origin === 'null' ? notKept : url.origin
}
