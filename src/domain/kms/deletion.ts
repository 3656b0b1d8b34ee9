import type { Millis } from '../../std/index.ts'
import { validation } from '../aws/errors.ts'
import { dayMillis, type KmsKey } from './key.ts'
import type { KeyMaterial } from './key-material.ts'
import { withMaterials } from './key-record.ts'

/** The waiting period of ScheduleKeyDeletion where none is given. */
export const pendingWindowDaysDefault = 30

const pendingWindow = { min: 7, max: 30, default: pendingWindowDaysDefault }

/** The waiting period of ScheduleKeyDeletion in days: 7 to 30, 30 when not given (AWS KMS developer guide, "Deleting keys"). */
export function checkPendingWindow(days: number | undefined): number {
  const window = days ?? pendingWindow.default
  if (window < pendingWindow.min || window > pendingWindow.max) {
    throw validation(
      `PendingWindowInDays must be between ${pendingWindow.min} and ${pendingWindow.max} days, inclusive`,
    )
  }
  return window
}

/** A primary waits until its replicas are gone; its own waiting period begins then. */
export function scheduleDeletion(key: KmsKey, windowDays: number, now: Millis, hasReplicas: boolean): KmsKey {
  const lasting = { ...key, transition: undefined }
  return hasReplicas
    ? { ...lasting, keyState: 'PendingReplicaDeletion', pendingWindowDays: windowDays }
    : { ...lasting, keyState: 'PendingDeletion', deletionAt: now + windowDays * dayMillis }
}

/** The last replica of a primary that is pending replica deletion is gone. */
export function beginWaitingPeriod(key: KmsKey, now: Millis): KmsKey {
  const windowDays = key.pendingWindowDays ?? pendingWindow.default
  return {
    ...key,
    keyState: 'PendingDeletion',
    pendingWindowDays: undefined,
    deletionAt: now + windowDays * dayMillis,
  }
}

/** CancelKeyDeletion leaves the key Disabled, never Enabled; PendingImport where key material is missing (recorded from AWS). */
export function cancelDeletion(key: KmsKey, materials: readonly KeyMaterial[]): KmsKey {
  const cancelled = { ...key, deletionAt: undefined, pendingWindowDays: undefined }
  return withMaterials({ ...cancelled, keyState: 'Disabled' }, materials)
}

export function isDueForDeletion(key: KmsKey, now: Millis): boolean {
  return key.keyState === 'PendingDeletion' && key.deletionAt !== undefined && key.deletionAt <= now
}
