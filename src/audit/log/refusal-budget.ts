import { statfs } from 'node:fs/promises'
import { type Clock, type Metric, type Millis, reading } from '../../std/index.ts'

const minuteMillis = 60_000
const freeSpaceMillis = 1000
/** The names that a summary lists; all others are counted together. */
const namesMax = 20

/** Why a call was refused, and the address of its client. */
export interface RefusalCause {
  readonly code: string
  readonly address: string
}

/** The refusals of a time that have no records of their own. */
export interface RefusalSummary {
  readonly from: Millis
  readonly to: Millis
  readonly count: number
  readonly byErrorCode: Readonly<Record<string, number>>
  readonly addresses: Readonly<Record<string, number>>
}

/** The settings of a `RefusalBudget`, and the parts that it works with. */
export interface RefusalBudgetOptions {
  /** The directory of the log. */
  readonly directory: string
  readonly clock: Clock
  readonly bytesPerMinute: number
  /** The free space that refusals leave on the disk. */
  readonly reserveBytes: number
  readonly append: (line: string) => Promise<void>
  readonly render: (summary: RefusalSummary) => string
}

/**
 * Decides which refusals without a proved caller get a record. Anybody can cause them, so they may fill neither the log nor the
 * disk: above a number of bytes a minute, and when little space is free, they are counted, and one record a minute has the
 * numbers.
 */
export class RefusalBudget {
  readonly #options: RefusalBudgetOptions
  #leftBytes: number
  #filledAt: Millis
  #freeBytes = Number.POSITIVE_INFINITY
  #askedAt: Millis | undefined
  #asking: Promise<void> | undefined
  #counted: Counted | undefined
  /** The refusals without records of their own since the start. */
  #countedInAll = 0
  #timer: NodeJS.Timeout | undefined

  constructor(options: RefusalBudgetOptions) {
    this.#options = options
    this.#leftBytes = options.bytesPerMinute
    this.#filledAt = options.clock.now()
  }

  /** Resolves when the record is on disk, or when the refusal is counted. */
  async append(line: string, cause: RefusalCause): Promise<void> {
    const now = this.#options.clock.now()
    this.#fill(now)
    await this.#askFreeSpace(now)
    const sizeBytes = Buffer.byteLength(line) + 1
    if (sizeBytes > this.#leftBytes || this.#freeBytes < this.#options.reserveBytes) {
      this.#count(now, cause)
      return
    }
    this.#leftBytes -= sizeBytes
    await this.#options.append(line)
  }

  /** Returns the metrics of the refusals. */
  metrics(): Metric[] {
    return [
      reading(
        'counter',
        'keyward_audit_summarized_refusals_total',
        'Refusals without a proved caller that have no records of their own, because there were too many.',
        () => this.#countedInAll,
      ),
    ]
  }

  /** Appends the record of what was counted so far. */
  async close(): Promise<void> {
    clearTimeout(this.#timer)
    await this.#summarize()
  }

  #fill(now: Millis): void {
    const { bytesPerMinute } = this.#options
    const passed = Math.max(0, now - this.#filledAt)
    this.#filledAt = now
    this.#leftBytes = Math.min(bytesPerMinute, this.#leftBytes + (bytesPerMinute * passed) / minuteMillis)
  }

  /** The answer may be a second old. Only the first refusals wait for one. */
  #askFreeSpace(now: Millis): Promise<void> | undefined {
    if (this.#askedAt !== undefined && Math.abs(now - this.#askedAt) < freeSpaceMillis) return this.#asking
    this.#askedAt = now
    const asking = this.#readFreeSpace()
    this.#asking ??= asking
    return this.#asking
  }

  async #readFreeSpace(): Promise<void> {
    try {
      const { bavail, bsize } = await statfs(this.#options.directory)
      this.#freeBytes = bavail * bsize
    } catch {
      // A directory that cannot be asked about cannot be written either, and the log says so.
    }
  }

  #count(now: Millis, { code, address }: RefusalCause): void {
    this.#counted ??= { from: now, count: 0, codes: new Map(), addresses: new Map() }
    this.#counted.count++
    this.#countedInAll++
    countName(this.#counted.codes, code)
    countName(this.#counted.addresses, address)
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined
      this.#summarize().catch(() => undefined)
    }, minuteMillis).unref()
  }

  async #summarize(): Promise<void> {
    const counted = this.#counted
    if (counted === undefined) return
    this.#counted = undefined
    const { from, count, codes, addresses } = counted
    const to = this.#options.clock.now()
    const named = { byErrorCode: Object.fromEntries(codes), addresses: Object.fromEntries(addresses) }
    // A log that is failing keeps the line, and writes it when there is space.
    await this.#options.append(this.#options.render({ from, to, count, ...named }))
  }
}

interface Counted {
  readonly from: Millis
  count: number
  readonly codes: Map<string, number>
  readonly addresses: Map<string, number>
}

function countName(counts: Map<string, number>, name: string): void {
  const known = counts.has(name) || counts.size < namesMax ? name : 'others'
  counts.set(known, (counts.get(known) ?? 0) + 1)
}
