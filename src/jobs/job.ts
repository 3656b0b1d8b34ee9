import { recordKeyEvent } from '../audit/index.ts'
import type { KeyEvent, KmsKey } from '../domain/index.ts'
import type { Hsm } from '../hsm/index.ts'
import type { Clock, Millis } from '../std/index.ts'
import type { DueEvent, Store, Writer } from '../store/index.ts'

/** How many keys a run takes at most; the rest come in the next, which follows at once. */
const keysPerRun = 100

export interface JobOptions {
  readonly store: Store
  readonly hsm: Hsm
  readonly clock: Clock
  /** Logs the record of a change that is committed, with its record in the outbox. */
  readonly appendCommitted: (eventId: string, line: string) => Promise<void>
}

/** What time does to one key, in one transaction; it looks again whether it is still due. */
export type DueWork = (writer: Writer, key: KmsKey, now: Millis) => Promise<readonly KeyEvent[]>

/** Does the work for the keys that are due, each with its records in one commit. Says whether more are due. */
export async function runDueWork(what: DueEvent, work: DueWork, options: JobOptions): Promise<boolean> {
  const { store, clock } = options
  const due = await store.reader.listDueKeys(what, clock.now(), keysPerRun)
  for (const key of due) await runOne(key, work, options)
  return due.length === keysPerRun
}

async function runOne(
  { accountId, region, keyId }: KmsKey,
  work: DueWork,
  { store, clock, appendCommitted }: JobOptions,
): Promise<void> {
  const records = await store.write(async writer => {
    const now = clock.now()
    // A request may have changed it since it was listed.
    const found = await writer.findKey({ accountId, region }, keyId)
    const events = found === undefined ? [] : await work(writer, found.key, now)
    const recorded = events.map(event => recordKeyEvent(event, now))
    for (const record of recorded) await writer.insertAuditRecord(record)
    return recorded
  })
  for (const { eventId, line } of records) await appendCommitted(eventId, line)
}
