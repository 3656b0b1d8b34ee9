import type { KeyEvent, Scope } from '../domain/index.ts'
import type { Millis } from '../std/index.ts'
import type { Reader, Writer } from '../store/index.ts'
import type { Call } from './call.ts'
import type { Caller } from './caller.ts'

/** An AWS managed key that a call names and that does not exist yet. */
export interface MissingManagedKey {
  readonly scope: Scope
  readonly aliasName: string
  /** The service whose resources it protects, such as `s3.amazonaws.com`. */
  readonly service: string
}

/** The AWS managed keys, which the calls that need them bring into being. */
export interface ManagedKeys {
  /**
   * The AWS managed key that a call creates by naming its alias. The input is as it came: a later stage says what is wrong with
   * it. Undefined at once for almost all calls.
   */
  findMissing(call: Call, caller: Caller, reader: Reader): undefined | Promise<MissingManagedKey | undefined>
  /** Creates the key, unless a different call was first. Returns the event to record. */
  create(missing: MissingManagedKey, writer: Writer, now: Millis): Promise<KeyEvent | undefined>
  /** The error of a call whose new key was undone: it names the alias, as the call did. */
  explainUndone(error: unknown, missing: MissingManagedKey, creation: KeyEvent): unknown
}
