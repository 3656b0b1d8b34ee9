import type { KeyEvent, Scope } from '../domain/index.ts'
import type { Millis } from '../std/index.ts'
import type { Reader, Writer } from '../store/index.ts'
import type { Call } from './call.ts'
import type { Caller } from './caller.ts'

/** An AWS managed key that a call names and that does not exist yet. */
export interface MissingManagedKey {
  readonly scope: Scope
  readonly aliasName: string
  /** The service whose resources the key protects, such as `s3.amazonaws.com`. */
  readonly service: string
}

/** The AWS managed keys. A call that needs one of them creates it. */
export interface ManagedKeys {
  /**
   * Finds the AWS managed key that a call creates by naming its alias. Reads the input before it is validated; a later
   * stage reports its faults. Returns undefined at once for almost all calls.
   */
  findMissing(call: Call, caller: Caller, reader: Reader): undefined | Promise<MissingManagedKey | undefined>
  /** Creates the key, and returns the event to record; undefined if a different call was first. */
  create(missing: MissingManagedKey, writer: Writer, now: Millis): Promise<KeyEvent | undefined>
  /**
   * Returns the error of a call whose new key was rolled back: like the call, it names the alias instead of the key.
   */
  explainUndone(error: unknown, missing: MissingManagedKey, creation: KeyEvent): unknown
}
