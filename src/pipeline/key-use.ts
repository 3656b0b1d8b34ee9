import type { ResolvedKey } from '../keys/index.ts'
import type { Millis } from '../std/index.ts'
import type { Caller } from './caller.ts'
import type { KeyRequirement } from './operation.ts'

/** A key that an operation's input names, to be found. */
export interface KeyQuestion {
  /** The name the handler gets the key by. */
  readonly name: string
  readonly requirement: KeyRequirement<unknown>
  /** What the caller wants to do with it. */
  readonly action: string
  readonly input: unknown
  readonly caller: Caller
  /** The first key of the operation, where this is another: the caller may use it. */
  readonly firstKey?: ResolvedKey | undefined
  readonly now: Millis
}

/** A key found, with what a refusal may say: never more than the caller knew already. */
export interface KeyUse extends KeyQuestion {
  readonly key: ResolvedKey
  /** How the caller named the key; undefined where its ciphertext did. */
  readonly namedAs: string | undefined
  /** When the key was last used, where the requirement asks for it and it ever was. */
  readonly lastUsedAt?: Millis | undefined
}
