import type { Hsm } from '../../hsm/index.ts'
import type { Millis } from '../../std/index.ts'
import type { Writer } from '../../store/index.ts'
import type { Reconciler } from './reconciler.ts'

/** Everything that the appliers of a seed share, in its one transaction. */
export interface SeedWork {
  readonly writer: Writer
  readonly hsm: Hsm
  readonly now: Millis
  readonly reconciler: Reconciler
}
