import type { Millis } from '../std/index.ts'
import { keyArn } from './arn.ts'
import { ServiceError, validation } from './errors.ts'
import type { KeySpec, KeyUsage } from './key-spec.ts'
import type { KeyState } from './key-state.ts'
import type { Scope } from './region.ts'

/** A KMS key: what it is, without its key material, policy, aliases and tags. */
export interface KmsKey extends Scope {
  readonly keyId: string
  readonly keySpec: KeySpec
  readonly keyUsage: KeyUsage
  readonly origin: 'AWS_KMS'
  readonly keyManager: 'CUSTOMER'
  readonly keyState: KeyState
  readonly description: string
  readonly createdAt: Millis
  /** Set exactly while the key is pending deletion. */
  readonly deletionAt: Millis | undefined
  /** The key material that encrypts; 64 lower-case hex digits. */
  readonly currentKeyMaterialId: string
}

/** One key material of a key, wrapped: the hsm room alone can open the token. */
export interface KeyMaterial {
  /** 64 lower-case hex digits. */
  readonly keyMaterialId: string
  readonly keyToken: Uint8Array
  readonly createdAt: Millis
}

/** A key with what an operation on it needs: its policy text and all its key materials. */
export interface KeyRecord {
  readonly key: KmsKey
  readonly policy: string
  readonly materials: readonly KeyMaterial[]
}

export const arnOf = (key: KmsKey): string => keyArn(key, key.keyId)

export const descriptionLengthMax = 8192
const pendingWindowDays = { min: 7, max: 30, default: 30 }
const dayMillis = 86_400_000

/** EnableKey: idempotent. The state table has already refused keys that cannot be enabled. */
export function enable(key: KmsKey): KmsKey {
  return { ...key, keyState: 'Enabled' }
}

/** DisableKey: idempotent. */
export function disable(key: KmsKey): KmsKey {
  return { ...key, keyState: 'Disabled' }
}

/** The waiting period of ScheduleKeyDeletion in days: 7 to 30, 30 when not given (AWS KMS developer guide, "Deleting keys"). */
export function checkPendingWindow(days: number | undefined): number {
  const window = days ?? pendingWindowDays.default
  if (window < pendingWindowDays.min || window > pendingWindowDays.max) {
    throw validation(
      `PendingWindowInDays must be between ${pendingWindowDays.min} and ${pendingWindowDays.max} days, inclusive`,
    )
  }
  return window
}

export function scheduleDeletion(key: KmsKey, windowDays: number, now: Millis): KmsKey {
  return { ...key, keyState: 'PendingDeletion', deletionAt: now + windowDays * dayMillis }
}

/** CancelKeyDeletion leaves the key Disabled, never Enabled. */
export function cancelDeletion(key: KmsKey): KmsKey {
  return { ...key, keyState: 'Disabled', deletionAt: undefined }
}

export function isDueForDeletion(key: KmsKey, now: Millis): boolean {
  return key.keyState === 'PendingDeletion' && key.deletionAt !== undefined && key.deletionAt <= now
}

/** Refuses an operation on a key made for another use (text recorded from AWS). */
export function checkUsage(key: KmsKey, usage: KeyUsage, operationName: string): void {
  if (key.keyUsage === usage) return
  throw new ServiceError(
    'InvalidKeyUsageException',
    `${arnOf(key)} key usage is ${key.keyUsage} which is not valid for ${operationName}.`,
  )
}

/** Refuses an algorithm that the key's spec does not have (text recorded from AWS). */
export function checkAlgorithm(key: KmsKey, algorithm: string, known: readonly string[]): void {
  if (known.includes(algorithm)) return
  throw new ServiceError(
    'InvalidKeyUsageException',
    `Algorithm ${algorithm} is incompatible with key spec ${key.keySpec}.`,
  )
}
