import type { Seal } from '../chain/chain.ts'
import type { EventPage, EventQuery } from '../index/event-query.ts'
import type { FilePlace, TailStart } from './log-tail.ts'

/** The requests that the thread answers: the input and the answer of each, by its name. */
export interface FollowerRequests {
  /** Resolves when everything that was sent before is consumed. */
  drain: { readonly input: undefined; readonly answer: undefined }
  /** Finds records by the index of the log. */
  lookup: { readonly input: EventQuery; readonly answer: EventPage }
}

/** What the thread is started with. */
export interface FollowerStart extends TailStart {
  /** Where the index of the log is; there is none if absent. */
  readonly indexDirectory?: string | undefined
}

/** A message to the thread. */
export type ToFollower =
  | { readonly kind: 'batch'; readonly file: string; readonly offset: number; readonly bytes: Uint8Array }
  | { readonly kind: 'upTo'; readonly to: FilePlace }
  | {
      readonly kind: 'request'
      readonly id: number
      readonly name: keyof FollowerRequests
      readonly input: unknown
    }

/** A message from the thread. */
export type FromFollower =
  | { readonly kind: 'sealed'; readonly seal: Seal }
  | { readonly kind: 'consumed'; readonly sizeBytes: number }
  /** The index has a problem, from which it recovers by itself. */
  | { readonly kind: 'problem'; readonly problem: string }
  | { readonly kind: 'answer'; readonly id: number; readonly answer: unknown }
  | { readonly kind: 'failed'; readonly id: number; readonly problem: string }
