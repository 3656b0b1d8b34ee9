import { recordKeyEvent } from '../audit/index.ts'
import type { KmsKey, ServiceKeyEvent } from '../domain/index.ts'
import type { Hsm } from '../hsm/index.ts'
import type { Clock, Millis } from '../std/index.ts'
import { DoesNotVerify, type DueEvent, type Store, type Writer } from '../store/index.ts'

/** The maximum number of keys in one run. The next run follows at once and takes the rest. */
const keysPerRun = 100

/** Everything that the jobs need. */
export interface JobOptions {
  readonly store: Store
  readonly hsm: Hsm
  readonly clock: Clock
  /** Logs the record of a committed change. The same record is in the outbox. */
  readonly appendCommitted: (eventId: string, line: string) => Promise<void>
}

/** The work on one key, in one transaction. It checks again whether the key is still due. */
export type DueWork = (writer: Writer, key: KmsKey, now: Millis) => Promise<readonly ServiceKeyEvent[]>

/**
 * Does the work for the keys that are due, each in one commit with its audit records. Returns whether more are due. Throws
 * DoesNotVerify after the work, if a key waits for a member that does not verify.
 */
export async function runDueWork(dueEvent: DueEvent, work: DueWork, options: JobOptions): Promise<boolean> {
  const { store, clock } = options
  const due = await store.reader.keys.listDue(dueEvent, clock.now(), keysPerRun)
  let broken: DoesNotVerify | undefined
  for (const key of due) {
    try {
      await runOne(key, work, options)
    } catch (error) {
      if (!(error instanceof DoesNotVerify)) throw error
      broken = error
    }
  }
  if (broken !== undefined) throw broken
  return due.length === keysPerRun
}

async function runOne(
  { accountId, region, keyId }: KmsKey,
  work: DueWork,
  { store, clock, appendCommitted }: JobOptions,
): Promise<void> {
  const records = await store.write(async writer => {
    const now = clock.now()
    // A request may have changed the key since it was listed.
    const found = await writer.keys.find({ accountId, region }, keyId)
    const events = found === undefined ? [] : await work(writer, found.key, now)
    const recorded = events.map(event => recordKeyEvent(event, now))
    for (const record of recorded) await writer.outbox.insert(record)
    return recorded
  })
  for (const { eventId, line } of records) await appendCommitted(eventId, line)
}
