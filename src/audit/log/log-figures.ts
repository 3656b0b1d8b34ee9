import { Histogram, type Metric, monotonicMillis, reading } from '../../std/index.ts'

/** The state of the log that the figures do not count themselves. */
export interface LogCondition {
  readonly isFailing: boolean
  /** The number of blocks behind the last sealed one. */
  readonly unsealedBlocks: number
  /** The records that wait in memory after a failed write. */
  readonly backlog: { readonly records: number; readonly sizeBytes: number }
}

/** Counts what was written to the log. */
export class LogFigures {
  #records = 0
  #sizeBytes = 0
  #dropped = 0
  readonly #writes = new Histogram(
    'keyward_audit_write_seconds',
    'Time to write a batch of audit records and to sync it to the disk. Its count is the number of batches.',
    [],
  )
  readonly #seconds = this.#writes.of({})

  /** Counts a batch that is on disk. `startedAt` is the monotonic time when its write began. */
  written(records: number, sizeBytes: number, startedAt: number): void {
    this.#records += records
    this.#sizeBytes += sizeBytes
    this.#seconds.observe((monotonicMillis() - startedAt) / 1000)
  }

  /** Counts a record that had no place in memory after a failed write. */
  dropped(): void {
    this.#dropped++
  }

  /** Returns the metrics of the log. */
  metrics(readCondition: () => LogCondition): Metric[] {
    const counter = (name: string, help: string, read: () => number) => reading('counter', name, help, read)
    const gauge = (name: string, help: string, read: () => number) => reading('gauge', name, help, read)
    return [
      this.#writes,
      counter('keyward_audit_records_total', 'Audit records written to the disk.', () => this.#records),
      counter('keyward_audit_bytes_total', 'Bytes written to the audit log.', () => this.#sizeBytes),
      counter(
        'keyward_audit_dropped_records_total',
        'Audit records lost after a failed write. Their calls failed.',
        () => this.#dropped,
      ),
      gauge(
        'keyward_audit_failing',
        '1 while the audit log cannot be written, so that every call fails.',
        () => Number(readCondition().isFailing),
      ),
      gauge(
        'keyward_audit_unsealed_blocks',
        'Blocks of the audit log whose digest is not in the chain yet.',
        () => readCondition().unsealedBlocks,
      ),
      gauge(
        'keyward_audit_backlog_records',
        'Audit records that wait in memory after a failed write.',
        () => readCondition().backlog.records,
      ),
      gauge(
        'keyward_audit_backlog_bytes',
        'Size of the audit records that wait in memory after a failed write.',
        () => readCondition().backlog.sizeBytes,
      ),
    ]
  }
}
