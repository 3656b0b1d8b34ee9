import type { ConditionContext } from '../access/index.ts'
import type { KeyEvent, Scope } from '../domain/index.ts'
import type { Attestation } from '../hsm/index.ts'
import type { Json, Millis } from '../std/index.ts'
import type { Reader, Writer } from '../store/index.ts'
import type { Caller } from './caller.ts'

/** `read` changes nothing durable; `write` runs in one transaction together with its own audit record. */
export type Effect = 'read' | 'write'

/** What `prepare` works with, besides the things that the call touches and the tools of its service. */
export interface PrepareContext<I> {
  readonly input: I
  readonly caller: Caller
  /** The caller's account and the request's Region. */
  readonly scope: Scope
  readonly now: Millis
}

/** What `handle` works with, besides the things that the call touches and the tools of its service. */
export interface HandlerContext<I, E extends Effect, P = undefined> extends PrepareContext<I> {
  readonly prepared: P
  /** The enclave that the answer must be sealed for; undefined where the request names none. */
  readonly recipient: Attestation | undefined
  /** The values that the request gives to conditions about an action on its first key, if it names one. */
  readonly contextFor: (action: string) => ConditionContext
  /** The transaction of an operation that writes; read access for the others. */
  readonly store: E extends 'write' ? Writer : Reader
  /** Records what the service does to a key because of the call, in the same commit as the change. */
  readonly recordEvent: E extends 'write' ? (event: KeyEvent) => void : never
}

/** What `identify` works with, besides the tools of its service. */
export interface IdentifyContext<I> {
  readonly input: I
  readonly now: Millis
  readonly store: Reader
  /** The Region of a request that names none. */
  readonly defaultRegion: string
}

/** The part of an output that the audit record shows. */
export interface Disclosure {
  readonly responseElements?: Json
  readonly additionalEventData?: { readonly [name: string]: Json }
  /** The ARN of a key that the operation made. */
  readonly createdKeyArn?: string
}
