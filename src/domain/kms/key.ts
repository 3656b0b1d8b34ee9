import type { Millis } from '../../std/index.ts'
import { keyArn } from '../aws/arn.ts'
import { ServiceError } from '../aws/errors.ts'
import type { Scope } from '../aws/region.ts'
import { type Algorithm, factsOf, type KeySpec, type KeyUsage } from './key-spec.ts'
import type { KeyState } from './key-state.ts'

/** The schedule of a key's automatic rotation. */
export interface Rotation {
  readonly periodDays: number
  readonly nextAt: Millis
}

/** The source of a key's key material: AWS KMS itself, an import, the HSMs of a cluster, or a key outside that an external key store reaches. */
export type Origin = 'AWS_KMS' | 'EXTERNAL' | 'AWS_CLOUDHSM' | 'EXTERNAL_KEY_STORE'

/** The custom key store that a key is in, and the key outside that it works with. */
export interface ExternalKey {
  readonly customKeyStoreId: string
  readonly xksKeyId: string
}

/** The custom key store in whose HSMs a key is. */
export interface ClusterKey {
  readonly customKeyStoreId: string
}

/** A KMS key, without its key materials, policy, aliases, tags and grants. */
export interface KmsKey extends Scope {
  readonly keyId: string
  readonly keySpec: KeySpec
  readonly keyUsage: KeyUsage
  readonly origin: Origin
  /** `AWS`: a key that an AWS service has in the account. The account can see it, but cannot manage it. */
  readonly keyManager: 'AWS' | 'CUSTOMER'
  readonly keyState: KeyState
  /** The state that a Creating or Updating key will get, and the time; undefined in every other state. */
  readonly transition: { readonly keyState: KeyState; readonly at: Millis } | undefined
  readonly description: string
  readonly createdAt: Millis
  /** Set exactly while the key is pending deletion. */
  readonly deletionAt: Millis | undefined
  /** The waiting period that a key in PendingReplicaDeletion will have; undefined in every other state. */
  readonly pendingWindowDays: number | undefined
  /**
   * The key material that encrypts; 64 lower-case hex digits. Undefined for a key that still waits for its first import. It stays
   * when that key material is deleted.
   */
  readonly currentKeyMaterialId: string | undefined
  /** The region of a multi-Region key's primary; undefined for a single-Region key. */
  readonly primaryRegion: string | undefined
  /** Automatic rotation; undefined while it is off. */
  readonly rotation: Rotation | undefined
  /** Defined exactly for the origin EXTERNAL_KEY_STORE. */
  readonly externalKey: ExternalKey | undefined
  /** Defined exactly for the origin AWS_CLOUDHSM. */
  readonly clusterKey: ClusterKey | undefined
}

/** The resource type of a KMS key in audit records. */
export const keyResourceType = 'AWS::KMS::Key'

/** The ARN of a key. */
export const arnOf = (key: KmsKey): string => keyArn(key, key.keyId)

/** The most characters that the description of a key may have. */
export const descriptionLengthMax = 8192
/** A day of 24 hours, in milliseconds. */
export const dayMillis = 86_400_000

/** A new key with the given properties; the others have their defaults. */
export function newKey(
  fixed: Scope & Pick<KmsKey, 'keyId' | 'keySpec' | 'keyUsage' | 'origin' | 'createdAt'>,
): KmsKey {
  return {
    ...fixed,
    keyManager: 'CUSTOMER',
    keyState: fixed.origin === 'EXTERNAL' ? 'PendingImport' : 'Enabled',
    transition: undefined,
    description: '',
    deletionAt: undefined,
    pendingWindowDays: undefined,
    currentKeyMaterialId: undefined,
    primaryRegion: undefined,
    rotation: undefined,
    externalKey: undefined,
    clusterKey: undefined,
  }
}

/** Enables a key. An Enabled key stays as it is. The state table has already refused keys that cannot be enabled. */
export function enable(key: KmsKey): KmsKey {
  return { ...key, keyState: 'Enabled' }
}

/** Disables a key. A Disabled key stays as it is. The state table has already refused keys that cannot be disabled. */
export function disable(key: KmsKey): KmsKey {
  return { ...key, keyState: 'Disabled' }
}

/** Puts a key in a temporary state. At the end it gets back its present state, or the state that it was already waiting for. */
export function beginTransition(key: KmsKey, state: 'Creating' | 'Updating', at: Millis): KmsKey {
  return { ...key, keyState: state, transition: { keyState: key.transition?.keyState ?? key.keyState, at } }
}

/** Gives a key the state that it was waiting for, if any. */
export function endTransition(key: KmsKey): KmsKey {
  return key.transition === undefined
    ? key
    : { ...key, keyState: key.transition.keyState, transition: undefined }
}

/** Refuses an operation on a key of a different usage (text recorded from AWS). Throws InvalidKeyUsageException. */
export function checkUsage(key: KmsKey, usage: KeyUsage, operationName: string): void {
  if (key.keyUsage === usage) return
  throw new ServiceError(
    'InvalidKeyUsageException',
    `${arnOf(key)} key usage is ${key.keyUsage} which is not valid for ${operationName}.`,
  )
}

/** The algorithms that a key can be used with: the algorithms of its spec for its usage. */
export function algorithmsOf({ keySpec, keyUsage }: KmsKey): readonly Algorithm[] {
  return factsOf(keySpec).algorithms[keyUsage] ?? []
}

/** Refuses an algorithm that the key does not have (text recorded from AWS). Throws InvalidKeyUsageException. */
export function checkAlgorithm(key: KmsKey, algorithm: Algorithm): void {
  if (!algorithmsOf(key).includes(algorithm)) throw incompatibleAlgorithm(key, algorithm)
}

/** The error for an algorithm that the key does not have. */
export const incompatibleAlgorithm = (key: KmsKey, algorithm: Algorithm) =>
  new ServiceError(
    'InvalidKeyUsageException',
    `Algorithm ${algorithm} is incompatible with key spec ${key.keySpec}.`,
  )

/** Refuses a key of a different origin (text recorded from AWS). Throws UnsupportedOperationException. */
export function checkOrigin(key: KmsKey, origin: Origin): void {
  if (key.origin !== origin) throw invalidOrigin(key)
}

/** The error for a key whose origin an operation does not take (text recorded from AWS). */
export const invalidOrigin = (key: KmsKey) =>
  new ServiceError(
    'UnsupportedOperationException',
    `${arnOf(key)} origin is ${key.origin} which is not valid for this operation.`,
  )

/** Whether a key is a symmetric encryption key. */
export const isSymmetric = (key: KmsKey): boolean => key.keySpec === 'SYMMETRIC_DEFAULT'

/**
 * Whether answers and records name the key material of a key: that of symmetric encryption keys "with AWS_KMS or EXTERNAL origin", which
 * can have several (API reference, "KeyMetadata", CurrentKeyMaterialId).
 */
export const namesMaterial = (key: KmsKey): boolean =>
  isSymmetric(key) && (key.origin === 'AWS_KMS' || key.origin === 'EXTERNAL')
