import { renderServiceEvent } from '../audit/index.ts'
import { arnOf, isDueForDeletion, type KmsKey } from '../domain/index.ts'
import { type Clock, uuid } from '../std/index.ts'
import type { Store } from '../store/index.ts'

const keysPerRun = 100

export interface DeleteDueKeysOptions {
  readonly store: Store
  readonly clock: Clock
  /** Logs the record of a change that is committed, with its record in the outbox. */
  readonly appendCommitted: (eventId: string, line: string) => Promise<void>
}

/**
 * Deletes the keys whose waiting period is over, with their key material, aliases and tags, and records a DeleteKey
 * event for each (AWS KMS developer guide, "Deleting keys"). Says whether more are due.
 */
export async function deleteDueKeys(options: DeleteDueKeysOptions): Promise<boolean> {
  const { store, clock } = options
  const due = await store.reader.listKeysDueForDeletion(clock.now(), keysPerRun)
  for (const key of due) await deleteDueKey(key, options)
  return due.length === keysPerRun
}

async function deleteDueKey(
  { keyId, ...scope }: KmsKey,
  { store, clock, appendCommitted }: DeleteDueKeysOptions,
) {
  const eventId = uuid()
  const line = await store.write(async writer => {
    const now = clock.now()
    // The deletion may have been cancelled since the key was listed.
    const record = await writer.findKey(scope, keyId)
    if (record === undefined || !isDueForDeletion(record.key, now)) return undefined
    await writer.deleteKey(record.key, keyId)
    const event = renderDeletion(record.key, eventId, now)
    await writer.insertAuditRecord({ eventId, recordedAt: now, line: event })
    return event
  })
  if (line !== undefined) await appendCommitted(eventId, line)
}

function renderDeletion(key: KmsKey, eventId: string, time: number): string {
  return renderServiceEvent({
    eventId,
    time,
    eventSource: 'kms.amazonaws.com',
    eventName: 'DeleteKey',
    region: key.region,
    accountId: key.accountId,
    serviceEventDetails: { keyId: key.keyId },
    resources: [{ accountId: key.accountId, type: 'AWS::KMS::Key', arn: arnOf(key) }],
  })
}
