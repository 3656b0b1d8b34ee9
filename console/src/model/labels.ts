import type { KeyMetadata } from '@aws-sdk/client-kms'

// The words of AWS's console for the values of its API.

type Named<V extends string> = Readonly<Partial<Record<V, string>>>

const states: Named<NonNullable<KeyMetadata['KeyState']>> = {
  Creating: 'Creating',
  Disabled: 'Disabled',
  Enabled: 'Enabled',
  PendingDeletion: 'Pending deletion',
  PendingImport: 'Pending import',
  PendingReplicaDeletion: 'Pending replica deletion',
  Unavailable: 'Unavailable',
  Updating: 'Updating',
}

const usages: Named<NonNullable<KeyMetadata['KeyUsage']>> & Readonly<Record<string, string>> = {
  ENCAPSULATE_DECAPSULATE: 'Encapsulate and decapsulate',
  ENCRYPT_DECRYPT: 'Encrypt and decrypt',
  GENERATE_VERIFY_MAC: 'Generate and verify MAC',
  KEY_AGREEMENT: 'Key agreement',
  SIGN_VERIFY: 'Sign and verify',
}

const origins: Named<NonNullable<KeyMetadata['Origin']>> = {
  AWS_CLOUDHSM: 'AWS CloudHSM',
  AWS_KMS: 'AWS KMS',
  EXTERNAL: 'External (Import key material)',
  EXTERNAL_KEY_STORE: 'External key store',
}

/** The word for a value; the value itself if there is none, as for values that a later server has. */
function wordOf(words: Readonly<Record<string, string | undefined>>, value: string | undefined): string {
  return value === undefined ? '-' : (words[value] ?? value)
}

export const stateLabel = (value: string | undefined) => wordOf(states, value)
export const usageLabel = (value: string | undefined) => wordOf(usages, value)
export const originLabel = (value: string | undefined) => wordOf(origins, value)

/** The values that a filter offers, with their words. */
export const choices = {
  states: Object.entries(states),
  usages: Object.entries(usages),
  origins: Object.entries(origins),
} as const

/** The key type of AWS's console: symmetric keys are those with one secret. */
export function typeLabel(keySpec: string | undefined): string {
  return keySpec === undefined ? '-' : /^(?:SYMMETRIC|HMAC)/.test(keySpec) ? 'Symmetric' : 'Asymmetric'
}

/** The regionality of a key. */
export function regionalityLabel(metadata: KeyMetadata): string {
  const type = metadata.MultiRegionConfiguration?.MultiRegionKeyType
  if (metadata.MultiRegion !== true) return 'Single-Region key'
  return type === 'REPLICA' ? 'Multi-Region replica' : 'Multi-Region primary'
}

/** How a state shows: an icon beside the word, never a colour alone. */
export function stateIndicator(
  state: string | undefined,
): 'success' | 'stopped' | 'pending' | 'warning' | 'error' {
  if (state === 'Enabled') return 'success'
  if (state === 'Disabled') return 'stopped'
  if (state === 'Unavailable') return 'error'
  return state === 'PendingDeletion' || state === 'PendingReplicaDeletion' ? 'warning' : 'pending'
}

/** The name of an alias without the prefix that all have. */
export const aliasLabel = (aliasName: string) => aliasName.replace(/^alias\//, '')
