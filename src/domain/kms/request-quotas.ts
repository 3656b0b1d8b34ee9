import { keyStoreIdOf } from './custom-key-stores/custom-key-store.ts'
import type { KmsKey } from './key.ts'
import { factsOf, isKeySpec, type KeySpec } from './key-spec.ts'

/**
 * The requests per second that share a pool. The name of a pool is the name of its operation, or `GenerateDataKeyPair.` and the
 * spec, or `Cryptographic.` and the family of keys, or `CustomKeyStore` (AWS KMS developer guide, "Request quotas").
 */
export interface RequestQuota {
  readonly pool: string
  readonly perSecond: number
  /** The id of the custom key store whose quota it is; absent for a quota of the account. */
  readonly customKeyStoreId?: string
}

const symmetricPerSecond: Readonly<Record<string, number>> = {
  'us-east-1': 100_000,
  'us-west-2': 100_000,
  'eu-west-1': 100_000,
  'us-east-2': 20_000,
  'ap-southeast-1': 20_000,
  'ap-southeast-2': 20_000,
  'ap-northeast-1': 20_000,
  'eu-central-1': 20_000,
  'eu-west-2': 20_000,
}
const symmetricPerSecondElsewhere = 10_000
const managementPerSecondDefault = 5

/** The operations with a rate of their own. An operation that is neither here nor cryptographic has the default rate. */
const managementPerSecond: Readonly<Record<string, number>> = {
  DescribeKey: 2000,
  GetPublicKey: 2000,
  ListResourceTags: 2000,
  GetKeyPolicy: 1000,
  GetKeyRotationStatus: 1000,
  ListAliases: 500,
  ListKeys: 500,
  ListGrants: 100,
  ListKeyPolicies: 100,
  ListKeyRotations: 100,
  ListRetirableGrants: 100,
  CreateGrant: 50,
  RetireGrant: 50,
  RevokeGrant: 50,
  DeleteAlias: 15,
  DeleteImportedKeyMaterial: 15,
  EnableKeyRotation: 15,
  ImportKeyMaterial: 15,
  PutKeyPolicy: 15,
  ScheduleKeyDeletion: 15,
  TagResource: 10,
  GetParametersForImport: 1,
}

const cryptographic = new Set([
  'Decapsulate',
  'Decrypt',
  'DeriveSharedSecret',
  'Encapsulate',
  'Encrypt',
  'GenerateDataKey',
  'GenerateDataKeyWithoutPlaintext',
  'GenerateMac',
  'ReEncrypt',
  'Sign',
  'Verify',
  'VerifyMac',
])

const pairPerSecond: Readonly<Record<string, number>> = { RSA_2048: 20, RSA_3072: 4, RSA_4096: 1, SM2: 25 }
const pairPerSecondOfCurves = 100

/** Whether there is a pool of this name; `operations` are the operations of the service. */
export function isRequestPool(name: string, operations: ReadonlySet<string>): boolean {
  return (
    /^(Cryptographic\.(symmetric|RSA|ECC|ML_DSA|ML_KEM)|CustomKeyStore)$/.test(name) ||
    (name.startsWith('GenerateDataKeyPair.') && isDataKeyPairSpec(name.slice(20))) ||
    (operations.has(name) && requestQuota(name, '')?.pool === name)
  )
}

const isDataKeyPairSpec = (text: string) => isKeySpec(text) && factsOf(text).isDataKeyPairSpec === true

/** The quota of an operation that depends on its name alone; undefined for an operation whose quota depends on the key. */
export function requestQuota(operation: string, region: string): RequestQuota | undefined {
  if (operation === 'GenerateRandom') return symmetricQuota(region)
  if (cryptographic.has(operation) || operation.startsWith('GenerateDataKeyPair')) return undefined
  return { pool: operation, perSecond: managementPerSecond[operation] ?? managementPerSecondDefault }
}

/** The quota of a cryptographic operation with a key; undefined for other operations. */
export function keyRequestQuota(
  operation: string,
  keySpec: KeySpec,
  keyPairSpec: string | undefined,
  region: string,
): RequestQuota | undefined {
  if (operation.startsWith('GenerateDataKeyPair') && keyPairSpec !== undefined) {
    return {
      pool: `GenerateDataKeyPair.${keyPairSpec}`,
      perSecond: pairPerSecond[keyPairSpec] ?? pairPerSecondOfCurves,
    }
  }
  if (!cryptographic.has(operation)) return undefined
  if (keySpec === 'SYMMETRIC_DEFAULT' || keySpec.startsWith('HMAC_')) return symmetricQuota(region)
  const family = /^(RSA|ML_DSA|ML_KEM)/.exec(keySpec)?.[0] ?? 'ECC'
  return { pool: `Cryptographic.${family}`, perSecond: 1000 }
}

/**
 * The quota of a custom key store, against which cryptographic operations with its keys count besides the quota of their account;
 * undefined for others (AWS KMS developer guide, "Custom key store request quotas").
 */
export function customKeyStoreQuota(operation: string, key: KmsKey): RequestQuota | undefined {
  const customKeyStoreId = keyStoreIdOf(key)
  if (customKeyStoreId === undefined || !cryptographic.has(operation)) return undefined
  return { pool: 'CustomKeyStore', perSecond: 1800, customKeyStoreId }
}

/** Whether the quota of an operation depends on its key. */
export const hasKeyQuota = (operation: string) => cryptographic.has(operation)

/** The requests that a call takes from the quotas of other regions, one per entry (AWS KMS developer guide, "Request quotas"). */
export function furtherRequests(
  operation: string,
  { ReplicaRegion: replica, PrimaryRegion: primary }: { ReplicaRegion?: string; PrimaryRegion?: string },
): readonly { readonly region: string; readonly operation: string }[] {
  if (operation === 'ReplicateKey' && replica !== undefined) {
    const creation = { region: replica, operation: 'CreateKey' }
    return [creation, creation]
  }
  return operation === 'UpdatePrimaryRegion' && primary !== undefined ? [{ region: primary, operation }] : []
}

function symmetricQuota(region: string): RequestQuota {
  return {
    pool: 'Cryptographic.symmetric',
    perSecond: symmetricPerSecond[region] ?? symmetricPerSecondElsewhere,
  }
}
