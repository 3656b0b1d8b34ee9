import type { KeyOperation, KeyUsage, Scope } from '../domain/index.ts'
import type { Hsm } from '../hsm/index.ts'
import type { AnyShape, Infer, Json, Millis, Shape } from '../std/index.ts'
import type { Reader, Writer } from '../store/index.ts'
import type { Caller } from './call.ts'
import type { ResolvedKey } from './resolved-key.ts'

/**
 * An operation is data and one function. The data says all that happens before the function runs: what the input must
 * look like, which keys it names and what the caller must be allowed to do with them. The pipeline does it, in one
 * order that no operation can change.
 */
export interface OperationDefinition<S extends AnyShape, O, E extends Effect, KeyName extends string> {
  /** AWS's name of the operation. */
  readonly name: [KeyName] extends [never] ? string : KeyOperation
  /**
   * `read` changes nothing durable. `write` runs in one transaction, together with its own audit record; it may be run
   * again, so its effects go through the writer only.
   */
  readonly effect: E
  readonly input: S
  /** Undefined for operations that answer an empty body. */
  readonly output: Shape<O> | undefined
  /** The KMS keys the input names, each under the name the handler gets it by. */
  readonly keys?: Readonly<Record<KeyName, KeyRequirement<Infer<S>>>>
  /**
   * Further resources the caller's identity policies must allow. When there are no keys and this is absent: the
   * operation's own action on `*`.
   */
  readonly resources?: (input: Infer<S>, scope: Scope) => readonly ResourceRequirement[]
  /**
   * What of the output the audit record shows. When absent: nothing for an operation that reads, and for one that writes
   * the ARN of its key, as CloudTrail has it.
   */
  readonly disclose?: (output: NoInfer<O>, keys: Readonly<Record<KeyName, ResolvedKey>>) => Disclosure
  handle(
    context: HandlerContext<Infer<S>, E> & Readonly<Record<KeyName, ResolvedKey>>,
  ): NoInfer<O> | Promise<NoInfer<O>>
}

export type Effect = 'read' | 'write'

export interface KeyRequirement<I> {
  /** The identifier of the key in the input. */
  readonly from: (input: I) => string | undefined
  /**
   * The forms of identifier taken: key ids and key ARNs, those and aliases, or an alias name alone, which stands for the
   * key it points to.
   */
  readonly forms: 'key' | 'key-or-alias' | 'alias-name'
  /** A ciphertext that names the key where `from` gives nothing. */
  readonly orCiphertext?: (input: I) => Uint8Array | undefined
  /** The action the caller must be allowed on the key; the operation's own when absent. */
  readonly action?: string
  /** Whether callers of other accounts may be allowed at all. */
  readonly crossAccount?: boolean
  /** The usage the key must have been made for. */
  readonly usage?: KeyUsage
  /** The row of the state table; the operation's own when absent. */
  readonly state?: KeyOperation | 'any'
}

export interface ResourceRequirement {
  /** The operation's own action when absent. */
  readonly action?: string
  /** An ARN, or `*` for actions without a resource. */
  readonly arn: string
  /** The resource type by which the audit record lists it; not listed when absent. */
  readonly type?: string
}

export interface Disclosure {
  readonly responseElements?: Json
  readonly additionalEventData?: { readonly [name: string]: Json }
  /** A key that the operation made. */
  readonly createdKeyArn?: string
}

export interface HandlerContext<I, E extends Effect> {
  readonly input: I
  readonly caller: Caller
  /** The caller's account and the request's region. */
  readonly scope: Scope
  readonly now: Millis
  readonly hsm: Hsm
  /** The transaction of an operation that writes; read access for the others. */
  readonly store: E extends 'write' ? Writer : Reader
}

/** An operation with its types forgotten, as the registry and the pipeline hold it. */
export interface Operation {
  readonly name: string
  readonly effect: Effect
  readonly input: AnyShape
  readonly output: AnyShape | undefined
  /** By the names the handler gets them by, in the order of the definition. */
  readonly keys: readonly (readonly [name: string, KeyRequirement<unknown>])[]
  readonly resources?: (input: unknown, scope: Scope) => readonly ResourceRequirement[]
  readonly disclose?: (output: unknown, keys: Readonly<Record<string, ResolvedKey>>) => Disclosure
  handle(context: unknown): unknown
}

/** Declares an operation. One that names keys must have a row in the state table. */
export function operation<S extends AnyShape, O, E extends Effect, KeyName extends string = never>(
  definition: OperationDefinition<S, O, E, KeyName>,
): Operation {
  // The pipeline calls with what the definition's own shapes decoded, so forgetting the types is sound.
  return { ...definition, keys: Object.entries(definition.keys ?? {}) } as unknown as Operation
}

/** An AWS service: its operations by name, and how its wire and its policies call it. */
export interface Service {
  /** As in a credential scope, an action and an endpoint, such as `kms`. */
  readonly name: string
  /** As in audit records, such as `kms.amazonaws.com`. */
  readonly eventSource: string
  /** The prefix of X-Amz-Target, such as `TrentService`. */
  readonly targetPrefix: string
  readonly operations: ReadonlyMap<string, Operation>
}

export function service(
  definition: Omit<Service, 'operations'> & { operations: readonly Operation[] },
): Service {
  const operations = new Map(definition.operations.map(item => [item.name, item]))
  if (operations.size !== definition.operations.length) throw new Error('two operations have one name')
  return { ...definition, operations }
}
