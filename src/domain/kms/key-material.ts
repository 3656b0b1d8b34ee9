import type { Millis } from '../../std/index.ts'

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

/** Whether a key has all key materials that belong to it for good: it works with all of them or not at all. */
export function isComplete(materials: readonly KeyMaterial[]): boolean {
  const permanent = materials.filter(material => material.pending === undefined)
  return permanent.length > 0 && permanent.every(material => material.keyToken !== undefined)
}

/** Whether the bytes of key material are there that should be no longer. */
export const isOverdue = ({ keyToken, expiresAt }: KeyMaterial, now: Millis): boolean =>
  keyToken !== undefined && expiresAt !== undefined && expiresAt <= now

/** When the first of the key materials that belong to the key for good expires, or did; undefined when none does. */
export function earliestExpiry(materials: readonly KeyMaterial[]): Millis | undefined {
  const times = materials.flatMap(({ pending, expiresAt }) =>
    pending === undefined && expiresAt !== undefined ? [expiresAt] : [],
  )
  return times.length === 0 ? undefined : Math.min(...times)
}
