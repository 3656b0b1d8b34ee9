import type { Millis } from '../std/index.ts'
import type { KeyRecord, KmsKey } from './key.ts'

/** Where imported key material stands that no rotation has made current yet. */
export type PendingState = 'PENDING_ROTATION' | 'PENDING_MULTI_REGION_IMPORT_AND_ROTATION'
export type RotationType = 'AUTOMATIC' | 'ON_DEMAND'

/** One key material of a key, wrapped: the hsm room alone can open the tokens. */
export interface KeyMaterial {
  /** 64 lower-case hex digits. */
  readonly keyMaterialId: string
  /** Undefined for imported key material that was deleted, has expired, or has not come to this region yet. */
  readonly keyToken: Uint8Array | undefined
  /** The public key, which comes and goes with the private one; undefined for key material without one. */
  readonly publicKeyToken: Uint8Array | undefined
  readonly createdAt: Millis
  /** Undefined for key material that belongs to the key for good. */
  readonly pending: PendingState | undefined
  /** How and when it became current; undefined for the first key material and for pending ones. */
  readonly rotation: { readonly type: RotationType; readonly at: Millis } | undefined
  /** What its importer said of it. */
  readonly description: string | undefined
  /** When imported key material ends, or ended; undefined where it does not, or was deleted. */
  readonly expiresAt: Millis | undefined
}

/** Key material as it was made or imported, with nothing more to tell. */
export function newMaterial(
  wrapped: Pick<KeyMaterial, 'keyMaterialId' | 'keyToken' | 'publicKeyToken'>,
  createdAt: Millis,
): KeyMaterial {
  const { keyMaterialId, keyToken, publicKeyToken } = wrapped
  return {
    keyMaterialId,
    keyToken,
    publicKeyToken,
    createdAt,
    pending: undefined,
    rotation: undefined,
    description: undefined,
    expiresAt: undefined,
  }
}

/** Imported key material that was deleted. What it is remains, so that the same and no other can be imported again. */
export function asDeleted(material: KeyMaterial): KeyMaterial {
  return { ...asExpired(material), expiresAt: undefined }
}

/** Imported key material whose time is over: its bytes are gone, but not that it was imported, and until when. */
export function asExpired(material: KeyMaterial): KeyMaterial {
  return { ...material, keyToken: undefined, publicKeyToken: undefined }
}

/** AWS's ImportState: what has expired counts as imported, though nothing works with it (recorded from AWS). */
export function isImported({ keyToken, expiresAt }: KeyMaterial): boolean {
  return keyToken !== undefined || expiresAt !== undefined
}

/** AWS's KeyMaterialState. */
export function materialState(
  key: KmsKey,
  { keyMaterialId, pending }: KeyMaterial,
): PendingState | 'CURRENT' | 'NON_CURRENT' {
  return pending ?? (keyMaterialId === key.currentKeyMaterialId ? 'CURRENT' : 'NON_CURRENT')
}

/** Whether a key has all key materials that belong to it for good: it works with all of them or not at all. */
export function isComplete(materials: readonly KeyMaterial[]): boolean {
  const permanent = materials.filter(material => material.pending === undefined)
  return permanent.length > 0 && permanent.every(material => material.keyToken !== undefined)
}

/** Whether the bytes of key material are there that should be no longer. */
export const isOverdue = ({ keyToken, expiresAt }: KeyMaterial, now: Millis): boolean =>
  keyToken !== undefined && expiresAt !== undefined && expiresAt <= now

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

/** When the first of the key materials that belong to the key for good expires, or did; undefined when none does. */
export function earliestExpiry(materials: readonly KeyMaterial[]): Millis | undefined {
  const times = materials.flatMap(({ pending, expiresAt }) =>
    pending === undefined && expiresAt !== undefined ? [expiresAt] : [],
  )
  return times.length === 0 ? undefined : Math.min(...times)
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
  const settling = key.settling && { ...key.settling, keyState: next(key.settling.keyState) }
  return { ...key, keyState: next(key.keyState), settling }
}

/** The key after an import of its own key material, which enables a Disabled one too (recorded from AWS). */
export function withImported(key: KmsKey, materials: readonly KeyMaterial[]): KmsKey {
  const next = withMaterials(key, materials)
  return next.keyState === 'Disabled' ? { ...next, keyState: 'Enabled' } : next
}
