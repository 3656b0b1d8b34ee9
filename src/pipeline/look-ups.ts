import type { GrantLookup, KeyLookup } from '../keys/index.ts'
import type { Reader, Writer } from '../store/index.ts'

/** Where a call finds keys and grants, and what its handler reads and writes with: the caches, or its transaction. */
export interface LookUps {
  readonly keys: KeyLookup
  readonly grants: GrantLookup
  readonly store: Reader | Writer
}
