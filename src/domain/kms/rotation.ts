import type { Millis } from '../../std/index.ts'
import { ServiceError } from '../aws/errors.ts'
import { arnOf, checkOrigin, dayMillis, isSymmetric, type KmsKey } from './key.ts'
import type { KeyMaterial, RotationType } from './key-material.ts'
import { checkNotReplica, isReplica } from './multi-region.ts'

/** The period of automatic rotation where none is given (API reference, "EnableKeyRotation"). */
export const rotationPeriodDaysDefault = 365
/** AWS KMS developer guide, "Resource quotas". */
export const onDemandRotationsMax = 25
/** How near an automatic rotation may be to one on demand (API reference, "RotateKeyOnDemand"). */
const conflictMillis = 20 * 60_000

const unsupported = (text?: string) => new ServiceError('UnsupportedOperationException', text)

/** Which keys rotate at all: symmetric encryption keys. AWS refuses the others without a text. */
export function checkRotates(key: KmsKey): void {
  if (!isSymmetric(key)) throw unsupported()
}

/** Which keys have an automatic rotation to turn on: those whose key material was made here. */
export function checkStartsRotation(key: KmsKey): void {
  checkRotates(key)
  checkOrigin(key, 'AWS_KMS')
  checkNotReplica(key, 'EnableKeyRotation')
}

/** Turning rotation off changes nothing where there is none to turn on, and succeeds there (recorded from AWS for HMAC keys). */
export function checkStopsRotation(key: KmsKey): void {
  checkOrigin(key, 'AWS_KMS')
  checkNotReplica(key, 'DisableKeyRotation')
}

/**
 * Begins the schedule, or changes its period. Where rotation is on already, only another period begins it anew: without one,
 * or with the one it has, it goes on (recorded from AWS). 365 days are the default where it was off.
 */
export function enableRotation(key: KmsKey, wanted: number | undefined, now: Millis): KmsKey {
  const before = key.rotation?.periodDays
  const periodDays = wanted ?? before ?? rotationPeriodDaysDefault
  if (periodDays === before) return key
  return { ...key, rotation: { periodDays, nextAt: now + periodDays * dayMillis } }
}

export function disableRotation(key: KmsKey): KmsKey {
  return { ...key, rotation: undefined }
}

/** A multi-Region key rotates by its primary. */
export function isDueForRotation(key: KmsKey, now: Millis): boolean {
  return (
    key.keyState === 'Enabled' && !isReplica(key) && key.rotation !== undefined && key.rotation.nextAt <= now
  )
}

/** The key with another key material current. An automatic rotation also sets the time of the next. */
export function rotate(key: KmsKey, keyMaterialId: string, type: RotationType, now: Millis): KmsKey {
  const rotation =
    key.rotation !== undefined && type === 'AUTOMATIC'
      ? { ...key.rotation, nextAt: now + key.rotation.periodDays * dayMillis }
      : key.rotation
  return { ...key, currentKeyMaterialId: keyMaterialId, rotation }
}

/** Throws LimitExceededException or ConflictException where no rotation on demand may happen now. */
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
 * The imported key material that waits for a rotation on demand; also one that has expired, with which the key is then
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
