import type { Millis } from '../../std/index.ts'
import { keyArn } from '../aws/arn.ts'
import { ServiceError } from '../aws/errors.ts'
import type { Scope } from '../aws/region.ts'
import { type Algorithm, factsOf, type KeySpec, type KeyUsage } from './key-spec.ts'
import type { KeyState } from './key-state.ts'

/** Automatic rotation of a key. */
export interface Rotation {
  readonly periodDays: number
  readonly nextAt: Millis
}

export type Origin = 'AWS_KMS' | 'EXTERNAL'

/** A KMS key: what it is, without its key materials, policy, aliases, tags and grants. */
export interface KmsKey extends Scope {
  readonly keyId: string
  readonly keySpec: KeySpec
  readonly keyUsage: KeyUsage
  readonly origin: Origin
  /** `AWS`: a key that an AWS service has in the account, which the account can see and not manage. */
  readonly keyManager: 'AWS' | 'CUSTOMER'
  readonly keyState: KeyState
  /** What becomes of a key that is Creating or Updating, and when; undefined in every other state. */
  readonly transition: { readonly keyState: KeyState; readonly at: Millis } | undefined
  readonly description: string
  readonly createdAt: Millis
  /** Set exactly while the key is pending deletion. */
  readonly deletionAt: Millis | undefined
  /** The waiting period that a key pending replica deletion has still before it. */
  readonly pendingWindowDays: number | undefined
  /**
   * The key material that encrypts; 64 lower-case hex digits. Undefined until a key with imported key material has some;
   * stays when that is deleted.
   */
  readonly currentKeyMaterialId: string | undefined
  /** Where the primary of a multi-Region key is; undefined for a single-Region key. */
  readonly primaryRegion: string | undefined
  /** Automatic rotation; undefined while it is off. */
  readonly rotation: Rotation | undefined
}

/** The resource type of a KMS key in audit records. */
export const keyResourceType = 'AWS::KMS::Key'

export const arnOf = (key: KmsKey): string => keyArn(key, key.keyId)

export const descriptionLengthMax = 8192
export const dayMillis = 86_400_000

/** What every new key has in common. */
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
  }
}

/** EnableKey and DisableKey: idempotent. The state table has already refused keys that cannot be. */
export function enable(key: KmsKey): KmsKey {
  return { ...key, keyState: 'Enabled' }
}

export function disable(key: KmsKey): KmsKey {
  return { ...key, keyState: 'Disabled' }
}

/** Puts a key in a state on its way to another: back to the one it is in, or to where it was on its way already. */
export function beginTransition(key: KmsKey, state: 'Creating' | 'Updating', at: Millis): KmsKey {
  return { ...key, keyState: state, transition: { keyState: key.transition?.keyState ?? key.keyState, at } }
}

export function endTransition(key: KmsKey): KmsKey {
  return key.transition === undefined
    ? key
    : { ...key, keyState: key.transition.keyState, transition: undefined }
}

/** Refuses an operation on a key made for another use (text recorded from AWS). */
export function checkUsage(key: KmsKey, usage: KeyUsage, operationName: string): void {
  if (key.keyUsage === usage) return
  throw new ServiceError(
    'InvalidKeyUsageException',
    `${arnOf(key)} key usage is ${key.keyUsage} which is not valid for ${operationName}.`,
  )
}

/** The algorithms a key can be used with: those of its spec for its usage. */
export function algorithmsOf({ keySpec, keyUsage }: KmsKey): readonly Algorithm[] {
  return factsOf(keySpec).algorithms[keyUsage] ?? []
}

/** Refuses an algorithm that the key does not have (text recorded from AWS). */
export function checkAlgorithm(key: KmsKey, algorithm: Algorithm): void {
  if (algorithmsOf(key).includes(algorithm)) return
  throw new ServiceError(
    'InvalidKeyUsageException',
    `Algorithm ${algorithm} is incompatible with key spec ${key.keySpec}.`,
  )
}

/** Refuses a key of another origin (text recorded from AWS). */
export function checkOrigin(key: KmsKey, origin: Origin): void {
  if (key.origin === origin) return
  throw new ServiceError(
    'UnsupportedOperationException',
    `${arnOf(key)} origin is ${key.origin} which is not valid for this operation.`,
  )
}

export const isSymmetric = (key: KmsKey): boolean => key.keySpec === 'SYMMETRIC_DEFAULT'
