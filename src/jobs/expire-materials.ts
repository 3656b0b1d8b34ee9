import { expireMaterials as expireMaterialsOf } from '../lifecycle/index.ts'
import { type JobOptions, runDueWork } from './job.ts'

/**
 * Deletes the bytes of imported key materials that have expired (AWS KMS developer guide, "Importing key material").
 * Returns whether more keys are due.
 */
export function expireMaterials(options: JobOptions): Promise<boolean> {
  return runDueWork(
    'expiry',
    async (writer, key, now) => {
      const record = await writer.keys.find(key, key.keyId)
      const ids = record === undefined ? [] : await expireMaterialsOf(writer, record, now)
      return ids.map(keyMaterialId => ({
        key,
        kind: 'event',
        eventName: 'DeleteExpiredKeyMaterial',
        details: { keyMaterialId },
      }))
    },
    options,
  )
}
