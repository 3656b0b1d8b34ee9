import type { KeyEvent } from '../domain/index.ts'
import { loseMaterial } from '../lifecycle/index.ts'
import { type JobOptions, runDueWork } from './job.ts'

/** Deletes imported key materials that have expired (AWS KMS developer guide, "Importing key material"). Says whether more have. */
export function expireMaterials(options: JobOptions): Promise<boolean> {
  return runDueWork(
    'expiry',
    async (writer, key, now) => {
      const events: KeyEvent[] = []
      for (const { keyMaterialId } of (await writer.findKey(key, key.keyId))?.materials ?? []) {
        // Each anew, as the one before has changed the key.
        const record = await writer.findKey(key, key.keyId)
        const material = record?.materials.find(item => item.keyMaterialId === keyMaterialId)
        if (record === undefined || material?.expiresAt === undefined || material.expiresAt > now) continue
        await loseMaterial(writer, record, material)
        events.push({ key, eventName: 'DeleteExpiredKeyMaterial', details: { keyMaterialId } })
      }
      return events
    },
    options,
  )
}
