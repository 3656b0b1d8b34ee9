import type { AccessedResource, AccessRequest } from '../access/index.ts'
import type { KeyEvent, Scope } from '../domain/index.ts'
import type { Attestation } from '../hsm/index.ts'
import type { ResolvedKey } from '../keys/index.ts'
import type { Eventual, Json, Millis } from '../std/index.ts'
import type { Reader, Writer } from '../store/index.ts'
import type { Caller } from './caller.ts'
import type { Conditions } from './conditions.ts'
import type { KeyRequirement } from './requirement.ts'

/**
 * The effect of an operation: `read` changes nothing durable; `write` runs in one transaction together with its own
 * audit record.
 */
export type Effect = 'read' | 'write'

/** The context of `prepare`, which also gets the things that the call touches and the tools of its service. */
export interface PrepareContext<I> {
  readonly input: I
  readonly caller: Caller
  /** The caller's account and the request's Region. */
  readonly scope: Scope
  readonly now: Millis
  readonly requestId: string
}

/** The context of `handle`, which also gets the things that the call touches and the tools of its service. */
export interface HandlerContext<I, E extends Effect, P = undefined> extends PrepareContext<I> {
  readonly prepared: P
  /** The enclave that the answer must be sealed for; undefined if the request names none. */
  readonly recipient: Attestation | undefined
  /** Returns the request for a decision about a later call of this caller. */
  readonly requestFor: (later: LaterCall) => AccessRequest
  /** Returns whether the caller may do something with a key that the input does not name, such as each key of a list. */
  readonly mayUse: (use: KeyUse) => Eventual<boolean>
  /** The transaction of an operation that writes; read access for an operation that reads. */
  readonly store: E extends 'write' ? Writer : Reader
  /**
   * Records a change that the service makes to a key because of the call. The record and the change are one commit.
   */
  readonly recordEvent: E extends 'write' ? (event: KeyEvent) => void : never
}

/** Something that a caller could do with a key, by a call of an operation of its own. */
export interface KeyUse {
  readonly key: ResolvedKey
  /** The requirement of that operation for the key. */
  readonly requirement: KeyRequirement<unknown>
  /** The input that the call would have. */
  readonly input: unknown
  /** The action with the prefix of its service. */
  readonly action: string
}

/** A call that the caller of an operation could make when the operation is done. */
export interface LaterCall {
  /** The action with the prefix of its service. */
  readonly action: string
  /** The resource with the policy that it will have. */
  readonly resource: AccessedResource
  /** The Region of the later call. */
  readonly region: string
  /**
   * The condition values of a resource that does not exist yet. Without them the resource is the first key that the operation
   * names.
   */
  readonly conditions?: Conditions
}

/** The context of `identify`, which also gets the tools of its service. */
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
  /** The ARN of a key that the operation created. */
  readonly createdKeyArn?: string
}
