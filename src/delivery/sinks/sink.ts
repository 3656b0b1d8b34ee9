import type { LogPosition } from '../../audit/index.ts'

/** Some lines of the audit log, oldest first, each without its end. */
export interface SinkBatch {
  readonly lines: readonly string[]
  /** The place behind the last of them. */
  readonly to: LogPosition
}

/** Takes the lines of the audit log somewhere else. A batch may come twice: readers know a record by its eventID. */
export interface Sink {
  /** Resolves when the other side has the batch. Rejects if it does not, and then gets the batch again. */
  deliver(batch: SinkBatch): Promise<void>
  close(): Promise<void>
}
