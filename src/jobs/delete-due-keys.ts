import { isDueForDeletion } from '../domain/index.ts'
import { deleteKey } from '../lifecycle/index.ts'
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
      return [{ kind: 'event', key, eventName: 'DeleteKey' }]
    },
    options,
  )
}
