import type { Millis } from '../../std/index.ts'
import { ServiceError } from '../aws/errors.ts'
import { arnOf, checkOrigin, dayMillis, isSymmetric, type KmsKey } from './key.ts'
import type { KeyMaterial, RotationType } from './key-material.ts'
import { checkNotReplica, isReplica } from './multi-region.ts'

/** The period of automatic rotation, in days, if the request has none (API reference, "EnableKeyRotation"). */
export const rotationPeriodDaysDefault = 365
/** The most rotations on demand of a key (AWS KMS developer guide, "Resource quotas"). */
export const onDemandRotationsMax = 25
/** The time before an automatic rotation when AWS refuses one on demand (API reference, "RotateKeyOnDemand"). */
const conflictMillis = 20 * 60_000

const unsupported = (text?: string) => new ServiceError('UnsupportedOperationException', text)

/** Refuses keys that cannot rotate: only symmetric encryption keys can. AWS sends no text for the others. */
export function checkRotates(key: KmsKey): void {
  if (!isSymmetric(key)) throw unsupported()
}

/** Refuses keys whose key material is not made here: it cannot rotate automatically, so there is nothing to turn on or off. */
export function checkRotatesAutomatically(key: KmsKey): void {
  checkOrigin(key, 'AWS_KMS')
}

/** Refuses to turn on the automatic rotation of keys that cannot rotate, and of replicas. */
export function checkStartsRotation(key: KmsKey): void {
  checkRotates(key)
  checkNotReplica(key, 'EnableKeyRotation')
}

/**
 * Refuses to turn off the rotation of replicas. Turning it off for keys that cannot rotate succeeds and changes nothing (recorded
 * from AWS for HMAC keys).
 */
export function checkStopsRotation(key: KmsKey): void {
  checkNotReplica(key, 'DisableKeyRotation')
}

/**
 * Begins the schedule, or changes its period. If rotation is already on, only a different period starts the schedule again:
 * without a period, or with the same one, it goes on (recorded from AWS). If rotation was off, the default is 365 days.
 */
export function enableRotation(key: KmsKey, requestedDays: number | undefined, now: Millis): KmsKey {
  const before = key.rotation?.periodDays
  const periodDays = requestedDays ?? before ?? rotationPeriodDaysDefault
  if (periodDays === before) return key
  return { ...key, rotation: { periodDays, nextAt: now + periodDays * dayMillis } }
}

/** Turns automatic rotation off. */
export function disableRotation(key: KmsKey): KmsKey {
  return { ...key, rotation: undefined }
}

/** Whether the automatic rotation of a key is due. A multi-Region key rotates on its primary. */
export function isDueForRotation(key: KmsKey, now: Millis): boolean {
  return (
    key.keyState === 'Enabled' && !isReplica(key) && key.rotation !== undefined && key.rotation.nextAt <= now
  )
}

/** Makes a different key material current. An automatic rotation also sets the time of the next one. */
export function rotate(key: KmsKey, keyMaterialId: string, type: RotationType, now: Millis): KmsKey {
  const rotation =
    key.rotation !== undefined && type === 'AUTOMATIC'
      ? { ...key.rotation, nextAt: now + key.rotation.periodDays * dayMillis }
      : key.rotation
  return { ...key, currentKeyMaterialId: keyMaterialId, rotation }
}

/** Refuses a rotation on demand that may not happen now. Throws LimitExceededException or ConflictException. */
export function checkRotatesOnDemand(
  key: KmsKey,
  materials: readonly KeyMaterial[],
  now: Millis,
  rotationsMax: number,
): void {
  const count = materials.filter(material => material.rotation?.type === 'ON_DEMAND').length
  if (count >= rotationsMax) {
    throw new ServiceError(
      'LimitExceededException',
      `The on-demand rotations limit has been reached for the given keyId. No more on-demand rotations can be performed for this key: ${arnOf(key)}`,
    )
  }
  if (key.rotation !== undefined && key.rotation.nextAt - now <= conflictMillis) {
    throw new ServiceError('ConflictException', `${arnOf(key)} is about to be rotated automatically.`)
  }
}

/**
 * The imported key material that waits for a rotation on demand. It may have expired; the rotation then makes the key
 * PendingImport (texts and behaviour recorded from AWS). Throws KMSInvalidStateException.
 */
export function getPendingMaterial(key: KmsKey, materials: readonly KeyMaterial[]): KeyMaterial {
  const waiting = materials.find(({ pending }) => pending !== undefined)
  if (waiting?.pending === 'PENDING_ROTATION') return waiting
  throw new ServiceError(
    'KMSInvalidStateException',
    waiting === undefined
      ? `No available key material pending rotation for the key: ${arnOf(key)}.`
      : 'Cannot perform key material rotation: Key material has not been imported for replicas of the Multi-Region key.',
  )
}
