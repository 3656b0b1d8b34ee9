import { type ClusterKey, isDueForDeletion, type KmsKey } from '../domain/index.ts'
import { deleteKey } from '../lifecycle/index.ts'
import type { Millis } from '../std/index.ts'
import type { Writer } from '../store/index.ts'
import { type JobOptions, runDueWork } from './job.ts'

/**
 * Deletes the keys whose waiting period is over, with their key materials, aliases, tags and grants (AWS KMS developer
 * guide, "Deleting keys"). Returns whether more keys are due.
 */
export function deleteDueKeys(options: JobOptions): Promise<boolean> {
  return runDueWork(
    'deletion',
    async (writer, key, now) => {
      if (!isDueForDeletion(key, now)) return []
      await deleteKey(writer, key, now)
      // The record of a key in HSMs says whether it is gone from them, too.
      if (key.clusterKey !== undefined) {
        await destroyLater(writer, key, key.clusterKey, now)
        return []
      }
      return [{ kind: 'event', key, eventName: 'DeleteKey' }]
    },
    options,
  )
}

async function destroyLater(
  { tokenKeys }: Writer,
  { accountId, region, keyId, currentKeyMaterialId }: KmsKey,
  { customKeyStoreId }: ClusterKey,
  now: Millis,
): Promise<void> {
  if (currentKeyMaterialId === undefined) throw new Error(`key ${keyId} is in HSMs and has no key material`)
  const name = { accountId, region, keyId, keyMaterialId: currentKeyMaterialId, customKeyStoreId }
  await tokenKeys.putTask({ ...name, task: 'destroy', since: now, isRecorded: false })
}
