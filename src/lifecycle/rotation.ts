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

/**
 * Makes another key material current, in all regions of the key at once: new material of our own, or the imported one
 * that waits for it. What is to be recorded of it, in each region, comes back. Throws KMSInvalidStateException where none
 * waits.
 */
export async function rotateKey(
  writer: Writer,
  hsm: Hsm,
  { key, materials }: KeyRecord,
  type: RotationType,
  now: Millis,
): Promise<KeyEvent[]> {
  const currentKeyMaterialId =
    key.origin === 'EXTERNAL'
      ? await promotePending(writer, key, getPendingMaterial(key, materials), type, now)
      : await addMaterial(writer, hsm, key, type, now)
  const members = []
  for (const stored of await listRecords(writer, key)) {
    const record = asOf(stored, now)
    const rotated = rotate(record.key, currentKeyMaterialId, type, now)
    // What was pending counts from now on, and may have expired.
    const member = withMaterials(rotated, record.materials)
    await writer.updateKey(member)
    members.push(member)
  }
  const details = {
    rotationType: type,
    keyOrigin: key.origin,
    previousKeyMaterialId: key.currentKeyMaterialId ?? null,
    currentKeyMaterialId,
  }
  return members.map(member => ({ key: member, eventName: 'RotateKey', details }))
}

/** Rotates a key whose period is over; what is to be recorded of it comes back. */
export async function rotateIfDue(
  writer: Writer,
  hsm: Hsm,
  record: KeyRecord,
  now: Millis,
): Promise<readonly KeyEvent[]> {
  return isDueForRotation(record.key, now) ? await rotateKey(writer, hsm, record, 'AUTOMATIC', now) : []
}

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
  for (const member of await writer.listMembers(accountId, keyId)) {
    const wrapped = member.region === region ? made : hsm.replicateKeyMaterial(handle, member.region)
    await writer.putKeyMaterial(member, keyId, {
      ...newMaterial(wrapped, now),
      rotation: { type, at: now },
    })
  }
  return keyMaterialId
}

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
    await writer.putKeyMaterial(record.key, key.keyId, promoted)
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
  for (const member of await writer.listMembers(key.accountId, key.keyId)) {
    await writer.updateKey(enableRotation(member, periodDays, now))
  }
}

export async function stopRotation(writer: Writer, key: KmsKey): Promise<void> {
  for (const member of await writer.listMembers(key.accountId, key.keyId)) {
    await writer.updateKey(disableRotation(member))
  }
}
