import type { Millis } from '../../std/index.ts'
import { validation } from '../aws/errors.ts'
import { dayMillis, type KmsKey } from './key.ts'
import type { KeyMaterial } from './key-material.ts'
import { withMaterials } from './key-record.ts'

/** The waiting period of ScheduleKeyDeletion, in days, if the request has none. */
export const pendingWindowDaysDefault = 30

const pendingWindow = { min: 7, max: 30, default: pendingWindowDaysDefault }

/**
 * The waiting period of ScheduleKeyDeletion in days: 7 to 30, and 30 if the request has none (AWS KMS developer guide, "Deleting
 * keys"). Throws ValidationException.
 */
export function checkPendingWindow(days: number | undefined): number {
  const window = days ?? pendingWindow.default
  if (window < pendingWindow.min || window > pendingWindow.max) {
    throw validation(
      `PendingWindowInDays must be between ${pendingWindow.min} and ${pendingWindow.max} days, inclusive`,
    )
  }
  return window
}

/** Schedules the deletion of a key. A primary waits until its replicas are gone; its own waiting period begins then. */
export function scheduleDeletion(key: KmsKey, windowDays: number, now: Millis, hasReplicas: boolean): KmsKey {
  const withoutTransition = { ...key, transition: undefined }
  return hasReplicas
    ? { ...withoutTransition, keyState: 'PendingReplicaDeletion', pendingWindowDays: windowDays }
    : { ...withoutTransition, keyState: 'PendingDeletion', deletionAt: now + windowDays * dayMillis }
}

/** Begins the waiting period of a primary in PendingReplicaDeletion, when its last replica is gone. */
export function beginWaitingPeriod(key: KmsKey, now: Millis): KmsKey {
  const windowDays = key.pendingWindowDays ?? pendingWindow.default
  return {
    ...key,
    keyState: 'PendingDeletion',
    pendingWindowDays: undefined,
    deletionAt: now + windowDays * dayMillis,
  }
}

/** Cancels a deletion. The key becomes Disabled, or PendingImport if key material is missing, never Enabled (recorded from AWS). */
export function cancelDeletion(key: KmsKey, materials: readonly KeyMaterial[]): KmsKey {
  const cancelled = { ...key, deletionAt: undefined, pendingWindowDays: undefined }
  return withMaterials({ ...cancelled, keyState: 'Disabled' }, materials)
}

/** Whether the waiting period of a key is over. */
export function isDueForDeletion(key: KmsKey, now: Millis): boolean {
  return key.keyState === 'PendingDeletion' && key.deletionAt !== undefined && key.deletionAt <= now
}
