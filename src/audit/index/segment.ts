import type { HashedKey } from './lookup-keys.ts'

/** The records that a lookup wants, as the index knows them: those of a text, or those with an event id. */
export type Wanted = { readonly text: string; readonly key: HashedKey } | { readonly eventIdKey: HashedKey }

/** A range of bytes of a log file, and its records. */
export interface SegmentRange {
  readonly file: string
  readonly from: number
  readonly to: number
  readonly count: number
  /** The times of the oldest record and of the newest one, in seconds. */
  readonly minTime: number
  readonly maxTime: number
}

/** The index of a range of a log file. */
export interface Segment extends SegmentRange {
  /** Opens the segment for one lookup. Throws Damaged, and the system's error. */
  open(): OpenedSegment
}

/** A segment while a lookup reads it. The numbers of records have the order of their times, then of their offsets. */
export interface OpenedSegment {
  timeOf(number: number): number
  /** The offset of a record in the log file. */
  offsetOf(number: number): number
  /** Returns a byte for each record, which is 1 for those that may be wanted; undefined if none is. */
  mark(wanted: Wanted): Uint8Array | undefined
  close(): void
}
