import type { Millis } from '../../std/index.ts'
import type { KmsKey } from './key.ts'
import { asExpired, isComplete, isOverdue, type KeyMaterial, type PendingState } from './key-material.ts'

/** A key with everything that an operation on it needs: its policy text and all its key materials, the oldest first. */
export interface KeyRecord {
  readonly key: KmsKey
  readonly policy: string
  readonly materials: readonly KeyMaterial[]
}

/** AWS's KeyMaterialState of a key material. */
export function materialState(
  key: KmsKey,
  { keyMaterialId, pending }: KeyMaterial,
): PendingState | 'CURRENT' | 'NON_CURRENT' {
  return pending ?? (keyMaterialId === key.currentKeyMaterialId ? 'CURRENT' : 'NON_CURRENT')
}

/**
 * A key as it is at a time. The bytes of imported key material are gone from the moment when it expires, even if the job that
 * deletes them has not run yet.
 */
export function asOf(record: KeyRecord, now: Millis): KeyRecord {
  if (!record.materials.some(material => isOverdue(material, now))) return record
  const materials = record.materials.map(material =>
    isOverdue(material, now) ? asExpired(material) : material,
  )
  return { ...record, key: withMaterials(record.key, materials), materials }
}

/**
 * The key after imported key materials were added or removed. Missing key material makes an Enabled or Disabled key
 * PendingImport, and the import of the last missing one enables it (AWS KMS developer guide, "Key states of AWS KMS keys"
 * and "Importing key material").
 */
export function withMaterials(key: KmsKey, materials: readonly KeyMaterial[]): KmsKey {
  const complete = isComplete(materials)
  const next = (state: KmsKey['keyState']): KmsKey['keyState'] => {
    if (complete) return state === 'PendingImport' ? 'Enabled' : state
    return state === 'Enabled' || state === 'Disabled' ? 'PendingImport' : state
  }
  const transition = key.transition && { ...key.transition, keyState: next(key.transition.keyState) }
  return { ...key, keyState: next(key.keyState), transition }
}

/** The key after the import of its first or existing key material, which also enables a Disabled key (recorded from AWS). */
export function withImported(key: KmsKey, materials: readonly KeyMaterial[]): KmsKey {
  const next = withMaterials(key, materials)
  return next.keyState === 'Disabled' ? { ...next, keyState: 'Enabled' } : next
}
