import { Buffer } from 'node:buffer'
import { otherWork } from '../../std/index.ts'
import { headMarker } from '../chain/audit-head.ts'

/**
 * A write costs the same for one record as for many. So a batch waits while each turn of the event loop brings more
 * records, up to this number. A batch of this size is large enough, and the other callers keep the processor busy.
 */
const batchRecordsGathered = 64

/** The lines of a write. */
export interface Lines {
  readonly lines: readonly string[]
  /** Lines that are no records. They are lost when the write fails. */
  readonly metas: readonly string[]
  /** Whether a new block must begin. */
  readonly closesBlock: boolean
}

/** Lines that wait for their write. */
export interface Batch extends Lines {
  readonly lines: string[]
  readonly metas: string[]
  closesBlock: boolean
  readonly written: Promise<void>
  readonly resolve: () => void
  readonly reject: (error: unknown) => void
}

/** Returns a batch without lines. */
export function newBatch(): Batch {
  const { promise, resolve, reject } = Promise.withResolvers<void>()
  // A failed batch without waiting appenders must not become an unhandled rejection.
  promise.catch(() => undefined)
  return { lines: [], metas: [], closesBlock: false, written: promise, resolve, reject }
}

/** Waits while records arrive, until the batch is large enough. */
export async function gather(lines: readonly string[]): Promise<void> {
  let count = 0
  while (lines.length > count && lines.length < batchRecordsGathered) {
    count = lines.length
    await otherWork()
  }
}

/** The lines with their ends. A line end that is appended to the joined text would copy all of it again. */
export function bytesOf(lines: readonly string[]): Buffer {
  return Buffer.from([...lines, ''].join('\n'))
}

/** Whether lines are worth a seal: heads are not, or each seal would make a head, and each head a seal. */
export function hasContent({ lines, metas }: Lines): boolean {
  return lines.length > 0 || metas.some(line => !line.startsWith(headMarker))
}
