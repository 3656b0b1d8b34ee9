import { recordKeyEvent } from '../../audit/index.ts'
import { type ClusterKeyStore, newKey } from '../../domain/index.ts'
import type { Json, Millis } from '../../std/index.ts'
import type { TokenKeyTask, Writer } from '../../store/index.ts'
import type { JobOptions } from '../job.ts'

/** A key that is made is stored within this time, or never. */
const makeMillisMax = 60_000

/** Everything that the work on keys in HSMs needs. */
export interface TokenKeyOptions extends Omit<JobOptions, 'hsm'> {
  /** Destroys a key in all HSMs of a connected store. Resolves to whether it is in none any more. */
  readonly destroy: (store: ClusterKeyStore, task: TokenKeyTask) => Promise<boolean>
}

/**
 * Completes what CreateKey and the deletion of keys began in the HSMs of custom key stores: a key that was made and never stored goes again, and so
 * does a deleted one, whose DeleteKey record then says whether it is gone (AWS KMS developer guide, "Delete KMS keys"). A key that an
 * HSM still has is tried again in the next run.
 */
export async function finishTokenKeys(options: TokenKeyOptions): Promise<boolean> {
  const tasks = await options.store.reader.tokenKeys.listTasks()
  // The HSMs of one store may hang for a while, and keep nobody else waiting.
  const outcomes = await Promise.allSettled(tasks.map(task => finishOne(task, options)))
  for (const outcome of outcomes) if (outcome.status === 'rejected') throw outcome.reason
  return false
}

async function finishOne(task: TokenKeyTask, options: TokenKeyOptions): Promise<void> {
  const due = task.task === 'destroy' ? task : await giveUp(task, options)
  if (due !== undefined) await destroyOne(due, options)
}

/** Turns the making of a key that was not stored in time into its destruction. From then on CreateKey cannot store it. */
async function giveUp(
  { accountId, region, keyId }: TokenKeyTask,
  { store, clock }: TokenKeyOptions,
): Promise<TokenKeyTask | undefined> {
  return await store.write(async ({ tokenKeys }) => {
    const found = await tokenKeys.findTask({ accountId, region }, keyId)
    if (found?.task !== 'make' || clock.now() - found.since < makeMillisMax) return undefined
    // No key was deleted, so nobody waits for a record.
    const task: TokenKeyTask = { ...found, task: 'destroy', isRecorded: true }
    await tokenKeys.putTask(task)
    return task
  })
}

async function destroyOne(task: TokenKeyTask, options: TokenKeyOptions): Promise<void> {
  const { store, clock, appendCommitted } = options
  const keyStore = await store.reader.customKeyStores.find(task, task.customKeyStoreId)
  const clusterStore = keyStore?.type === 'AWS_CLOUDHSM' ? keyStore : undefined
  const isGone = clusterStore?.connectionState === 'CONNECTED' && (await options.destroy(clusterStore, task))
  if (!isGone && task.isRecorded && keyStore !== undefined) return
  const record = await store.write(async writer => {
    const found = await writer.tokenKeys.findTask(task, task.keyId)
    if (found === undefined) return undefined
    // The HSMs of a store that is gone are out of reach for ever.
    if (isGone || keyStore === undefined) await writer.tokenKeys.deleteTask(task)
    else await writer.tokenKeys.putTask({ ...found, isRecorded: true })
    return found.isRecorded
      ? undefined
      : await recordDeletion(writer, found, clusterStore, isGone, clock.now())
  })
  if (record !== undefined) await appendCommitted(record.eventId, record.line)
}

async function recordDeletion(
  writer: Writer,
  task: TokenKeyTask,
  store: ClusterKeyStore | undefined,
  isGone: boolean,
  now: Millis,
) {
  const { accountId, region, keyId, keyMaterialId: backingKeyId, customKeyStoreId } = task
  const facts = { accountId, region, keyId, createdAt: now, origin: 'AWS_CLOUDHSM' as const }
  const key = newKey({ ...facts, keySpec: 'SYMMETRIC_DEFAULT', keyUsage: 'ENCRYPT_DECRYPT' })
  const deletionStatus = isGone ? 'SUCCESS' : 'FAILURE'
  // Lists in the records of AWS are texts of JSON (AWS KMS developer guide, log entries "DeleteKey").
  const additionalEventData: { readonly [name: string]: Json } = {
    customKeyStoreId,
    ...(store !== undefined && { clusterId: store.cluster.cloudHsmClusterId }),
    backingKeys: JSON.stringify([{ backingKeyId }]),
    backingKeysDeletionStatus: JSON.stringify([{ backingKeyId, deletionStatus }]),
  }
  const record = recordKeyEvent({ kind: 'event', key, eventName: 'DeleteKey', additionalEventData }, now)
  await writer.outbox.insert(record)
  return record
}
