import { beginWaitingPeriod, type KmsKey } from '../domain/index.ts'
import type { Millis } from '../std/index.ts'
import type { Writer } from '../store/index.ts'
import { updatePendingState } from './imported-material.ts'

/**
 * Deletes a key with everything that belongs to it. If it is the last replica of a primary that waits for its replicas,
 * the primary's own waiting period begins.
 */
export async function deleteKey(writer: Writer, key: KmsKey, now: Millis): Promise<void> {
  await writer.keys.delete(key, key.keyId)
  if (key.primaryRegion === undefined) return
  const members = await writer.keys.listMembers(key.accountId, key.keyId)
  const [last] = members
  if (members.length === 1 && last?.keyState === 'PendingReplicaDeletion') {
    await writer.keys.update(beginWaitingPeriod(last, now))
  }
  await updatePendingState(writer, key)
}
