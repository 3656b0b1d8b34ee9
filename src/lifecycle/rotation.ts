import {
  asOf,
  disableRotation,
  enableRotation,
  getPendingMaterial,
  isDueForRotation,
  type KeyEvent,
  type KeyMaterial,
  type KeyRecord,
  type KmsKey,
  newMaterial,
  type RotationType,
  rotate,
  withMaterials,
} from '../domain/index.ts'
import type { Hsm } from '../hsm/index.ts'
import type { Millis } from '../std/index.ts'
import type { Writer } from '../store/index.ts'
import { listRecords } from './members.ts'

/** The event of a key that was rotated. */
export type Rotated = Extract<KeyEvent, { readonly kind: 'event' }>

/**
 * Makes a different key material current in all regions of the key at once: newly generated key material, or the
 * imported one that is pending. Returns the events to record, one for each region. Throws KMSInvalidStateException if
 * no imported key material is ready.
 */
export async function rotateKey(
  writer: Writer,
  hsm: Hsm,
  { key, materials }: KeyRecord,
  type: RotationType,
  now: Millis,
): Promise<Rotated[]> {
  const currentKeyMaterialId =
    key.origin === 'EXTERNAL'
      ? await promotePending(writer, key, getPendingMaterial(key, materials), type, now)
      : await addMaterial(writer, hsm, key, type, now)
  const members = []
  for (const stored of await listRecords(writer, key)) {
    const record = asOf(stored, now)
    const rotated = rotate(record.key, currentKeyMaterialId, type, now)
    // The promoted key material may have expired while it was pending; from now on this counts for the key's state.
    const member = withMaterials(rotated, record.materials)
    await writer.keys.update(member)
    members.push(member)
  }
  const details = {
    rotationType: type,
    keyOrigin: key.origin,
    previousKeyMaterialId: key.currentKeyMaterialId ?? null,
    currentKeyMaterialId,
  }
  return members.map(member => ({ kind: 'event', key: member, eventName: 'RotateKey', details }))
}

/** Rotates a key if its rotation period is over. Returns the events to record. */
export async function rotateIfDue(
  writer: Writer,
  hsm: Hsm,
  record: KeyRecord,
  now: Millis,
): Promise<readonly Rotated[]> {
  return isDueForRotation(record.key, now) ? await rotateKey(writer, hsm, record, 'AUTOMATIC', now) : []
}

/** Generates key material for all regions, and returns its id. */
async function addMaterial(
  writer: Writer,
  hsm: Hsm,
  { accountId, region, keyId, keySpec }: KmsKey,
  type: RotationType,
  now: Millis,
): Promise<string> {
  const owner = { accountId, region, keyId, keySpec }
  const made = await hsm.generateKeyMaterial(owner)
  const { keyMaterialId } = made
  const handle = { binding: { ...owner, keyMaterialId }, keyToken: made.keyToken }
  for (const member of await writer.keys.listMembers(accountId, keyId)) {
    const wrapped = member.region === region ? made : hsm.replicateKeyMaterial(handle, member.region)
    await writer.keys.putMaterial(member, keyId, {
      ...newMaterial(wrapped, now),
      rotation: { type, at: now },
    })
  }
  return keyMaterialId
}

/** Makes the pending key material one that belongs to the key in all regions, and returns its id. */
async function promotePending(
  writer: Writer,
  key: KmsKey,
  { keyMaterialId }: KeyMaterial,
  type: RotationType,
  now: Millis,
): Promise<string> {
  for (const record of await listRecords(writer, key)) {
    const material = record.materials.find(item => item.keyMaterialId === keyMaterialId)
    if (material === undefined) throw new Error(`key material ${keyMaterialId} is not in all regions`)
    const promoted = { ...material, pending: undefined, rotation: { type, at: now } }
    await writer.keys.putMaterial(record.key, key.keyId, promoted)
  }
  return keyMaterialId
}

/** Turns automatic rotation on, or changes its period, in all regions of the key. */
export async function startRotation(
  writer: Writer,
  key: KmsKey,
  periodDays: number | undefined,
  now: Millis,
): Promise<void> {
  for (const member of await writer.keys.listMembers(key.accountId, key.keyId)) {
    await writer.keys.update(enableRotation(member, periodDays, now))
  }
}

/** Turns automatic rotation off in all regions of the key. */
export async function stopRotation(writer: Writer, key: KmsKey): Promise<void> {
  for (const member of await writer.keys.listMembers(key.accountId, key.keyId)) {
    await writer.keys.update(disableRotation(member))
  }
}
