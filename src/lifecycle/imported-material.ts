import {
  asDeleted,
  asExpired,
  decideImport,
  type ImportRequest,
  isImported,
  isOverdue,
  isReplica,
  type KeyMaterial,
  type KeyRecord,
  type KmsKey,
  newMaterial,
  withImported,
  withMaterials,
} from '../domain/index.ts'
import type { WrappedKeyMaterial } from '../hsm/index.ts'
import type { Millis } from '../std/index.ts'
import type { Writer } from '../store/index.ts'
import { listRecords } from './members.ts'

/** Imported key material after it was unwrapped, with the request that imported it. */
export interface Arrival {
  readonly wrapped: WrappedKeyMaterial
  readonly request: ImportRequest
  readonly expiresAt: Millis | undefined
}

/**
 * Puts imported key material into a key: its first key material, one that it had before, or a new one that waits for a
 * rotation. Throws the errors of `decideImport`.
 */
export async function receiveMaterial(
  writer: Writer,
  { key, materials }: KeyRecord,
  { wrapped, request, expiresAt }: Arrival,
  now: Millis,
): Promise<void> {
  const { keyMaterialId } = wrapped
  const kind = decideImport(key, materials, keyMaterialId, request)
  const known = materials.find(material => material.keyMaterialId === keyMaterialId)
  const arrived: KeyMaterial = {
    ...(known ?? newMaterial(wrapped, now)),
    keyToken: wrapped.keyToken,
    publicKeyToken: wrapped.publicKeyToken,
    description: request.description ?? known?.description,
    expiresAt,
  }
  if (kind === 'new') {
    await addPending(writer, key, arrived)
    return
  }
  await writer.keys.putMaterial(key, key.keyId, arrived)
  if (request.description !== undefined)
    await describeEverywhere(writer, key, keyMaterialId, request.description)
  if (arrived.pending !== undefined) {
    await updatePendingState(writer, key)
    return
  }
  const after = [...materials.filter(material => material !== known), arrived]
  const currentKeyMaterialId = kind === 'first' ? keyMaterialId : key.currentKeyMaterialId
  await writer.keys.update(withImported({ ...key, currentKeyMaterialId }, after))
}

/** Sets the description of a key material, which is the same in all regions. Only the primary can change it. */
async function describeEverywhere(
  writer: Writer,
  key: KmsKey,
  keyMaterialId: string,
  description: string,
): Promise<void> {
  for (const record of await listRecords(writer, key)) {
    const material = record.materials.find(item => item.keyMaterialId === keyMaterialId)
    if (material === undefined || material.description === description) continue
    await writer.keys.putMaterial(record.key, key.keyId, { ...material, description })
  }
}

/** Adds new key material. That of a multi-Region key waits until each replica has it too. */
async function addPending(writer: Writer, key: KmsKey, arrived: KeyMaterial): Promise<void> {
  const members = await writer.keys.listMembers(key.accountId, key.keyId)
  const replicas = members.filter(member => member.region !== key.region)
  const pending = replicas.length === 0 ? 'PENDING_ROTATION' : 'PENDING_MULTI_REGION_IMPORT_AND_ROTATION'
  await writer.keys.putMaterial(key, key.keyId, { ...arrived, pending })
  for (const replica of replicas) {
    const { description, createdAt, keyMaterialId } = arrived
    const awaited = { keyMaterialId, keyToken: undefined, publicKeyToken: undefined }
    await writer.keys.putMaterial(replica, key.keyId, {
      ...newMaterial(awaited, createdAt),
      description,
      pending,
    })
  }
}

/**
 * Updates whether the pending key material of a key is ready for rotation. A key has at most one, and it is ready while
 * all regions have it. Call this after a region got or lost the key material, and after the key got or lost a region.
 */
export async function updatePendingState(writer: Writer, key: KmsKey): Promise<void> {
  const records = await listRecords(writer, key)
  const found = records.flatMap(record =>
    record.materials
      .filter(material => material.pending !== undefined)
      .map(material => ({ key: record.key, material })),
  )
  const isEverywhere = found.every(({ material }) => isImported(material))
  const pending = isEverywhere ? 'PENDING_ROTATION' : 'PENDING_MULTI_REGION_IMPORT_AND_ROTATION'
  for (const { key: member, material } of found) {
    if (material.pending !== pending)
      await writer.keys.putMaterial(member, key.keyId, { ...material, pending })
  }
}

/**
 * Deletes imported key material. If it belongs to the key permanently, the key becomes PendingImport. If it is pending
 * and the primary loses it, it disappears from all regions.
 */
export async function deleteMaterial(
  writer: Writer,
  record: KeyRecord,
  material: KeyMaterial,
): Promise<void> {
  const { key } = record
  if (material.pending === undefined || isReplica(key)) {
    await change(writer, record, [asDeleted(material)])
    if (material.pending !== undefined) await updatePendingState(writer, key)
    return
  }
  for (const member of await writer.keys.listMembers(key.accountId, key.keyId)) {
    await writer.keys.deleteMaterial(member, key.keyId, material.keyMaterialId)
  }
}

/**
 * Deletes the bytes of the imported key materials that have expired, and returns their ids. Expired key material that
 * is pending stays pending (recorded from AWS).
 */
export async function expireMaterials(writer: Writer, record: KeyRecord, now: Millis): Promise<string[]> {
  const overdue = record.materials.filter(material => isOverdue(material, now))
  await change(writer, record, overdue.map(asExpired))
  return overdue.map(material => material.keyMaterialId)
}

/** Stores changed key materials, and the state that the key has with them. */
async function change(
  writer: Writer,
  { key, materials }: KeyRecord,
  changed: readonly KeyMaterial[],
): Promise<void> {
  for (const material of changed) await writer.keys.putMaterial(key, key.keyId, material)
  const after = materials.map(
    material => changed.find(item => item.keyMaterialId === material.keyMaterialId) ?? material,
  )
  await writer.keys.update(withMaterials(key, after))
}
