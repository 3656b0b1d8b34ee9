import type { ResolvedKey } from '../keys/index.ts'
import type { Millis } from '../std/index.ts'
import type { Caller } from './caller.ts'
import type { KeyRequirement } from './requirement.ts'

/** A key that an operation's input names, before it is found. */
export interface NamedKey {
  /** The name by which the handler gets the key. */
  readonly name: string
  readonly requirement: KeyRequirement<unknown>
  /** The action that the caller must be allowed on the key. */
  readonly action: string
  readonly input: unknown
  readonly caller: Caller
  /** The first key of the operation, if this is a later one. The caller is already allowed to use the first key. */
  readonly firstKey?: ResolvedKey | undefined
  readonly now: Millis
}

/** A key that was found, with the name by which the caller knows it: a refusal must not reveal more than that. */
export interface FoundKey extends NamedKey {
  readonly key: ResolvedKey
  /** The ARN by which the caller named the key; undefined if only its ciphertext named it. */
  readonly namedAs: string | undefined
  /** When the key was last used, if the requirement needs this time and the key ever was used. */
  readonly lastUsedAt?: Millis | undefined
}
