import type { Hsm } from '../../hsm/index.ts'
import type { KeyLookup, KeyUsageLedger } from '../../keys/index.ts'
import type { Clock } from '../../std/index.ts'

/** The parts of an open server that the proxy works with. A sealed server has none of them. */
export interface OpenSide {
  readonly keys: KeyLookup
  readonly hsm: Hsm
  readonly keyUsages: Pick<KeyUsageLedger, 'note'>
  readonly clock: Clock
  /** The default account. */
  readonly accountId: string
}
