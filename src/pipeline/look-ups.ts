import type { GrantLookup, KeyLookup } from '../keys/index.ts'
import type { Reader, Writer } from '../store/index.ts'

/** The sources in which a call finds keys and grants, and the store of its handler: the caches, or its transaction. */
export interface LookUps {
  readonly keys: KeyLookup
  readonly grants: GrantLookup
  readonly store: Reader | Writer
}
