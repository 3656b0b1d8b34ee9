import type { GrantLookup, KeyLookup } from '../keys/index.ts'
import type { Reader, Writer } from '../store/index.ts'

/** Where keys and grants are looked for, and what a handler reads and writes with. */
export interface Access {
  readonly keys: KeyLookup
  readonly grants: GrantLookup
  readonly store: Reader | Writer
}
