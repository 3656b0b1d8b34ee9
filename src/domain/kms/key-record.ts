import type { Millis } from '../../std/index.ts'
import type { KmsKey } from './key.ts'
import { asExpired, isComplete, isOverdue, type KeyMaterial, type PendingState } from './key-material.ts'

/** A key with what an operation on it needs: its policy text and all its key materials, the oldest first. */
export interface KeyRecord {
  readonly key: KmsKey
  readonly policy: string
  readonly materials: readonly KeyMaterial[]
}

/** AWS's KeyMaterialState. */
export function materialState(
  key: KmsKey,
  { keyMaterialId, pending }: KeyMaterial,
): PendingState | 'CURRENT' | 'NON_CURRENT' {
  return pending ?? (keyMaterialId === key.currentKeyMaterialId ? 'CURRENT' : 'NON_CURRENT')
}

/**
 * A key as it is now: the bytes of imported key material that has expired are gone from that moment on, whether or not the job
 * has come by that deletes them.
 */
export function asOf(record: KeyRecord, now: Millis): KeyRecord {
  if (!record.materials.some(material => isOverdue(material, now))) return record
  const materials = record.materials.map(material =>
    isOverdue(material, now) ? asExpired(material) : material,
  )
  return { ...record, key: withMaterials(record.key, materials), materials }
}

/**
 * The key after imported key materials came or went: incomplete ones leave an Enabled or Disabled key PendingImport, and
 * the last missing one enables it (AWS KMS developer guide, "Key states of AWS KMS keys" and "Importing key material").
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

/** The key after an import of its own key material, which enables a Disabled one too (recorded from AWS). */
export function withImported(key: KmsKey, materials: readonly KeyMaterial[]): KmsKey {
  const next = withMaterials(key, materials)
  return next.keyState === 'Disabled' ? { ...next, keyState: 'Enabled' } : next
}
