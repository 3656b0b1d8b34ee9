import type { Millis } from '../../std/index.ts'

/** The state of imported key material that no rotation has made current yet. */
export type PendingState = 'PENDING_ROTATION' | 'PENDING_MULTI_REGION_IMPORT_AND_ROTATION'
/** Whether a rotation was automatic or on demand. */
export type RotationType = 'AUTOMATIC' | 'ON_DEMAND'

/** One key material of a key. It is wrapped: only the hsm room can open the tokens. */
export interface KeyMaterial {
  /** 64 lower-case hex digits. */
  readonly keyMaterialId: string
  /** Undefined for imported key material that was deleted, has expired, or was not imported in this region yet. */
  readonly keyToken: Uint8Array | undefined
  /** The public key, which exists as long as the private key; undefined for key material without a public key. */
  readonly publicKeyToken: Uint8Array | undefined
  readonly createdAt: Millis
  /** Undefined for key material that belongs to the key permanently. */
  readonly pending: PendingState | undefined
  /** How and when it became current; undefined for the first key material and for pending key material. */
  readonly rotation: { readonly type: RotationType; readonly at: Millis } | undefined
  /** The description that the importer gave. */
  readonly description: string | undefined
  /** The time when imported key material expires or expired; undefined if it does not expire or was deleted. */
  readonly expiresAt: Millis | undefined
}

/** Key material that was just made or imported, and has no history yet. */
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

/** Imported key material after its deletion. Its id remains, so that only the same key material can be imported again. */
export function asDeleted(material: KeyMaterial): KeyMaterial {
  return { ...asExpired(material), expiresAt: undefined }
}

/** Imported key material after its expiration. Its bytes are gone, but its id and the time of expiration remain. */
export function asExpired(material: KeyMaterial): KeyMaterial {
  return { ...material, keyToken: undefined, publicKeyToken: undefined }
}

/** AWS's ImportState. Expired key material counts as imported, although nothing works with it (recorded from AWS). */
export function isImported({ keyToken, expiresAt }: KeyMaterial): boolean {
  return keyToken !== undefined || expiresAt !== undefined
}

/** Whether a key has all key materials that belong to it permanently. It works with all of them or not at all. */
export function isComplete(materials: readonly KeyMaterial[]): boolean {
  const permanent = materials.filter(material => material.pending === undefined)
  return permanent.length > 0 && permanent.every(material => material.keyToken !== undefined)
}

/** Whether key material has expired but still has its bytes. */
export const isOverdue = ({ keyToken, expiresAt }: KeyMaterial, now: Millis): boolean =>
  keyToken !== undefined && expiresAt !== undefined && expiresAt <= now

/** The time when the first of a key's permanent key materials expires or expired; undefined if none does. */
export function earliestExpiry(materials: readonly KeyMaterial[]): Millis | undefined {
  const times = materials.flatMap(({ pending, expiresAt }) =>
    pending === undefined && expiresAt !== undefined ? [expiresAt] : [],
  )
  return times.length === 0 ? undefined : Math.min(...times)
}
