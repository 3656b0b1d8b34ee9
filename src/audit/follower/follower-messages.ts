import type { Seal } from '../chain/chain.ts'
import type { FilePlace, TailStart } from './log-tail.ts'

/** The requests that the thread answers: the input and the answer of each, by its name. */
export interface FollowerRequests {
  /** Resolves when everything that was sent before is consumed. */
  drain: { readonly input: undefined; readonly answer: undefined }
}

/** What the thread is started with. */
export type FollowerStart = TailStart

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
  | { readonly kind: 'answer'; readonly id: number; readonly answer: unknown }
  | { readonly kind: 'failed'; readonly id: number; readonly problem: string }
