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

const regionalities: Readonly<Record<string, string>> = {
  SINGLE_REGION: 'Single-Region key',
  MULTI_REGION: 'Multi-Region key',
}

/** The key specs, which AWS's console shows as its API has them. */
const specs = [
  'SYMMETRIC_DEFAULT',
  ...['RSA_2048', 'RSA_3072', 'RSA_4096'],
  ...['ECC_NIST_P256', 'ECC_NIST_P384', 'ECC_NIST_P521', 'ECC_NIST_EDWARDS25519', 'ECC_SECG_P256K1'],
  ...['HMAC_224', 'HMAC_256', 'HMAC_384', 'HMAC_512'],
  ...['ML_DSA_44', 'ML_DSA_65', 'ML_DSA_87', 'ML_KEM_512', 'ML_KEM_768', 'ML_KEM_1024'],
  'SM2',
]

/** The values that a filter offers, with their words, by the name of the filter. */
export const choices: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  KeyState: states as Record<string, string>,
  KeySpec: Object.fromEntries(specs.map(spec => [spec, spec])),
  KeyUsage: usages as Record<string, string>,
  Origin: origins as Record<string, string>,
  Regionality: regionalities,
}

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

const materialStates: Readonly<Record<string, string>> = {
  CURRENT: 'Current',
  NON_CURRENT: 'Non-current',
  PENDING_MULTI_REGION_IMPORT_AND_ROTATION: 'Pending import into all Regions',
  PENDING_ROTATION: 'Pending rotation',
}

export const materialStateLabel = (value: string | undefined) => wordOf(materialStates, value)

const rotationTypes: Readonly<Record<string, string>> = { AUTOMATIC: 'Automatic', ON_DEMAND: 'On-demand' }

export const rotationTypeLabel = (value: string | undefined) => wordOf(rotationTypes, value)

/** The name of an alias without the prefix that all have. */
export const aliasLabel = (aliasName: string) => aliasName.replace(/^alias\//, '')

const storeTypes: Readonly<Record<string, string>> = {
  AWS_CLOUDHSM: 'AWS CloudHSM key store',
  EXTERNAL_KEY_STORE: 'External key store',
}

const connections: Readonly<Record<string, string>> = {
  CONNECTED: 'Connected',
  CONNECTING: 'Connecting',
  DISCONNECTED: 'Disconnected',
  DISCONNECTING: 'Disconnecting',
  FAILED: 'Failed',
}

/** The type of a custom key store. Undefined if it is not known. */
export const storeTypeLabel = (value: string | undefined) =>
  value === undefined ? undefined : wordOf(storeTypes, value)
export const connectionLabel = (value: string | undefined) => wordOf(connections, value)

/** How the connection state of a custom key store shows. */
export function connectionIndicator(state: string | undefined): 'success' | 'stopped' | 'pending' | 'error' {
  if (state === 'CONNECTED') return 'success'
  if (state === 'FAILED') return 'error'
  return state === 'DISCONNECTED' ? 'stopped' : 'pending'
}

const connectivities: Readonly<Record<string, string>> = {
  PUBLIC_ENDPOINT: 'Public endpoint',
  VPC_ENDPOINT_SERVICE: 'VPC endpoint service',
}

/** How the proxy of an external key store is reached. */
export const connectivityLabel = (value: string | undefined) => wordOf(connectivities, value)
