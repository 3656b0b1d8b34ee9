import { type Metric, monotonicMillis, reading } from '../../std/index.ts'

/** More messages than this count as one. There are ten a second, so the lag is longer than a minute then. */
const messagesMax = 1000

/** A message to the thread about the end of the log. */
interface EndMessage {
  readonly at: number
  /** The size of everything that was written before, since the start. */
  writtenBytes: number
}

/**
 * How far the index is behind the log, as seen from the thread that writes the log: if the thread of the index hangs, the lag
 * grows. Without that thread nothing is indexed, and there is no lag.
 */
export class IndexLag {
  #writtenBytes = 0
  /** The last report of the thread. */
  #known = { writtenBytes: 0, missingBytes: 0 }
  /** The messages whose part of the log is not indexed, oldest first; undefined without a thread. */
  #messages: EndMessage[] | undefined

  /** Notes the start of the thread, whose index is complete when it first says so. */
  begin(): void {
    this.#messages = [{ at: monotonicMillis(), writtenBytes: this.#writtenBytes }]
  }

  /** Notes the end of the thread. */
  end(): void {
    this.#messages = undefined
  }

  /** Notes a write to the log. */
  wrote(sizeBytes: number): void {
    this.#writtenBytes += sizeBytes
  }

  /** Notes a message to the thread about all writes so far. Returns their size since the start. */
  messaged(): number {
    const [messages = [], writtenBytes] = [this.#messages, this.#writtenBytes]
    const last = messages.at(-1)
    if (last !== undefined && (last.writtenBytes === writtenBytes || messages.length >= messagesMax))
      last.writtenBytes = writtenBytes
    else messages.push({ at: monotonicMillis(), writtenBytes })
    return writtenBytes
  }

  /** Notes a report of the thread: how much the index lacks of the log, up to a size of what was written. */
  reported(known: { readonly writtenBytes: number; readonly missingBytes: number }): void {
    this.#known = known
    if (known.missingBytes > 0) return
    this.#messages = this.#messages?.filter(({ writtenBytes }) => writtenBytes > known.writtenBytes)
  }

  /** Returns the metrics. They have no value without the thread. */
  metrics(): Metric[] {
    return [
      reading(
        'gauge',
        'keyward_audit_index_lag_bytes',
        'Size of the lines of the audit log that are not in the index for lookups.',
        () => this.#messages && this.#writtenBytes - this.#known.writtenBytes + this.#known.missingBytes,
      ),
      reading(
        'gauge',
        'keyward_audit_index_lag_seconds',
        'Time for which the index for lookups has lacked lines of the audit log.',
        () => {
          const [oldest] = this.#messages ?? []
          return this.#messages && (oldest === undefined ? 0 : (monotonicMillis() - oldest.at) / 1000)
        },
      ),
    ]
  }
}
