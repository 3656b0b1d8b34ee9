import assert from 'node:assert/strict'
import { type DeliveredRecord, TrailBucket } from '../fixtures/audit/trail-bucket.ts'
import type { AuditRecord } from '../fixtures/witness/growing-log.ts'

/** A directory that a trail of everything is delivered to, and the records that must come. It keeps no others. */
export class TrailWatch {
  readonly bucket: TrailBucket
  /** The number of records that came again. */
  deliveredAgain = 0
  readonly #accountId: string
  /** The records from before StartLogging, of which the last ones may come. */
  readonly #before = new Set<string>()
  readonly #undelivered = new Set<string>()
  #isStopped = false

  constructor(directory: string, accountId: string) {
    this.bucket = new TrailBucket(directory)
    this.#accountId = accountId
  }

  /** Notes records up to that of StartLogging. */
  started(records: readonly AuditRecord[]): void {
    for (const { eventID } of records) this.#before.add(eventID)
  }

  /** Notes records of the log that must come, up to that of StopLogging. */
  expect(records: readonly AuditRecord[]): void {
    for (const { eventID, eventName, recipientAccountId } of records) {
      if (recipientAccountId !== this.#accountId || this.#isStopped) continue
      this.#undelivered.add(eventID)
      this.#isStopped = eventName === 'StopLogging'
    }
  }

  /** Notes records that came. Each is in the log before it comes, so the log must be read after them. */
  take(delivered: readonly DeliveredRecord[]): void {
    for (const { eventID } of delivered)
      if (!this.#undelivered.delete(eventID) && !this.#before.has(eventID)) this.deliveredAgain++
  }

  /** Whether all records have come, and each log file is in a digest. */
  async isComplete(): Promise<boolean> {
    this.take(await this.bucket.readNew())
    const { digested, logFiles } = this.bucket
    if (this.#undelivered.size > 0 || digested.size < logFiles.size) return false
    assert.deepEqual(digested, logFiles)
    return true
  }

  /** Describes what has not come. */
  describeMissing(): string {
    const { digested, logFiles } = this.bucket
    const [first = 'none'] = this.#undelivered
    return `${this.#undelivered.size} records, the first is ${first}; ${digested.size} of ${logFiles.size} log files in digests`
  }
}
