import type { Span } from './span.ts'

/** How an attempt to deliver spans has ended. */
export type Export =
  /** They have arrived. The receiver has refused some of them, which must not be sent again. */
  | { readonly kind: 'delivered'; readonly refused: number }
  /** None has arrived. A later attempt may succeed, but not before the time that the receiver asks for. */
  | { readonly kind: 'failed'; readonly problem: Error; readonly waitMillis: number | undefined }
  /** None has arrived, and none ever will. */
  | { readonly kind: 'refused'; readonly problem: Error }

/** Delivers spans. */
export interface SpanExporter {
  /**
   * Prepares a batch. The function that is returned makes one attempt to deliver it, which the signal ends, and never rejects.
   * Spans have the same ids in each attempt, so that the receiver recognizes them.
   */
  prepare(spans: readonly Span[]): (signal: AbortSignal) => Promise<Export>
}
