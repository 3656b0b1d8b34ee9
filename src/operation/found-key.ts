import type { ResolvedKey } from '../keys/index.ts'
import type { Millis } from '../std/index.ts'
import type { Caller } from './caller.ts'
import type { KeyRequirement } from './requirement.ts'

/** A key that an operation's input names, before it is found. */
export interface NamedKey {
  /** The name by which the handler gets the key. */
  readonly name: string
  readonly requirement: KeyRequirement<unknown>
  /** The action that the caller must be allowed on it. */
  readonly action: string
  readonly input: unknown
  readonly caller: Caller
  /** The first key of the operation, where this is a later one: the caller may use it. */
  readonly firstKey?: ResolvedKey | undefined
  readonly now: Millis
}

/** A key that was found, with the most that a refusal may say: never more than the caller knew already. */
export interface FoundKey extends NamedKey {
  readonly key: ResolvedKey
  /** The ARN by which the caller named the key; undefined where its ciphertext named it. */
  readonly namedAs: string | undefined
  /** When the key was last used, where the requirement needs that and it ever was. */
  readonly lastUsedAt?: Millis | undefined
}
