import {
  checkPendingWindow,
  isPrimary,
  pendingWindowDaysDefault,
  scheduleDeletion,
} from '../../../domain/index.ts'
import { listReplicaRegions } from '../../../lifecycle/index.ts'
import { integer, required, string, structure, timestamp } from '../../../std/index.ts'
import { operation } from '../operation.ts'
import { discloseBackingKeys } from '../wire/disclose-key-store.ts'
import { keyIdType } from '../wire/shapes.ts'
import { daysWithoutUse } from './trailing-days.ts'

const output = structure({
  KeyId: keyIdType,
  DeletionDate: timestamp(),
  KeyState: string(),
  PendingWindowInDays: integer(),
})

/** Schedules the deletion of a KMS key. A primary key waits first until its replicas are deleted. */
export const ScheduleKeyDeletion = operation({
  name: 'ScheduleKeyDeletion',
  effect: 'write',
  input: structure({ KeyId: required(keyIdType), PendingWindowInDays: integer({ min: 1, max: 365 }) }),
  output,
  touches: {
    key: {
      from: input => input.KeyId,
      forms: 'key',
      needsLastUsage: true,
      conditions: (input, facts) => ({
        'kms:ScheduleKeyDeletionPendingWindowInDays': input.PendingWindowInDays ?? pendingWindowDaysDefault,
        'kms:TrailingDaysWithoutKeyUsage': daysWithoutUse(facts),
      }),
    },
  },
  discloseFound: discloseBackingKeys,
  disclose: answer => ({ responseElements: output.disclose(answer) ?? null }),
  async handle({ input, key, now, store }) {
    const windowDays = checkPendingWindow(input.PendingWindowInDays)
    const hasReplicas = isPrimary(key.key) && (await listReplicaRegions(store, key.key)).length > 0
    const pending = scheduleDeletion(key.key, windowDays, now, hasReplicas)
    await store.keys.update(pending)
    return {
      KeyId: key.arn,
      DeletionDate: pending.deletionAt,
      KeyState: pending.keyState,
      PendingWindowInDays: windowDays,
    }
  },
})
