import type { KeyOperation } from '../domain/index.ts'
import type { AnyShape, Eventual, Infer, Shape } from '../std/index.ts'
import type { Caller } from './caller.ts'
import type {
  Disclosure,
  Effect,
  HandlerContext,
  IdentifyContext,
  PrepareContext,
} from './handler-context.ts'
import type { OperationRecord } from './operation-record.ts'
import type { FoundBy, GrantRequirement, KeyRequirement, Requirement, ResourceFinder } from './requirement.ts'

/** The things that a call touches, as the handler gets them. */
// The compiler infers `string` as the names if an operation touches nothing by name.
type Found<T> = string extends keyof T ? unknown : { readonly [N in keyof T]: FoundBy<T[N]> }

/** The name of an operation. An operation that touches keys must have a row in the state table. */
type NameFor<T> = string extends keyof T
  ? string
  : true extends {
        [N in keyof T]: T[N] extends { readonly forms: unknown } | { readonly retires: unknown }
          ? true
          : never
      }[keyof T]
    ? KeyOperation
    : string

/**
 * An operation: data and one function. The data declares everything that happens before the function runs: the shape of
 * the input, the things that the call touches, and the actions that the caller must be allowed. The pipeline performs
 * every operation in one order, which no operation can change.
 */
export interface OperationDefinition<S extends AnyShape, O, E extends Effect, T, P, Tools> {
  /** AWS's name for the operation. */
  readonly name: NameFor<T>
  /** A `write` may be run again, so its only effects go through the writer. */
  readonly effect: E
  readonly input: S
  /** Undefined for an operation whose answer has an empty body. */
  readonly output: Shape<O> | undefined
  /** The things that a call touches. If absent, the caller must be allowed the operation's own action on `*`. */
  readonly touches?: T
  /** Whether the request is a rehearsal: everything is checked and nothing is changed. */
  readonly isDryRun?: (input: Infer<S>) => boolean | undefined
  /** Reads the grant tokens from the input. */
  readonly grantTokens?: (input: Infer<S>) => readonly string[] | undefined
  /** Reads the attestation document of the enclave that the answer must be sealed for. Throws ValidationException. */
  readonly attestation?: (input: Infer<S>) => Uint8Array | undefined
  /**
   * Authenticates the caller by the input, for an operation whose input takes the place of a signature. Throws a
   * ServiceError if the proof fails.
   */
  readonly identify?: (context: IdentifyContext<Infer<S>> & Tools) => Promise<Caller>
  /**
   * Whether a service may call the operation on someone's behalf. Needed only if its service does not accept that for
   * all operations.
   */
  readonly acceptsForwarded?: boolean
  /** Whether a successful call counts as the last usage of its keys. */
  readonly recordsKeyUsage?: boolean
  /**
   * The part of the output that the audit record shows. If absent, the record shows nothing for an operation that
   * reads, and the ARN of its key for an operation that writes, as in CloudTrail's records.
   */
  // The compiler infers `P` from the first function that has it, so `prepare` comes before a `disclose` that reads it.
  readonly disclose?: (
    output: NoInfer<O>,
    found: Found<T>,
    input: Infer<S>,
    prepared: NoInfer<P>,
  ) => Disclosure
  /**
   * The members of additionalEventData about the things that the call found so far, which the audit record has whether the call
   * succeeds or not, unless it is denied or throttled.
   */
  readonly discloseFound?: (found: Partial<Found<T>>) => Disclosure['additionalEventData']
  /** Absent if the audit record follows the rule for all operations. */
  readonly record?: OperationRecord<Infer<S>>
  /**
   * Does the slow work of an operation that writes, such as making key material, before the transaction starts, so that
   * no other write waits for it. The permission is decided before this work, and again in the transaction.
   */
  readonly prepare?: (context: PrepareContext<Infer<S>> & Found<T> & Tools) => Eventual<P>
  handle(context: HandlerContext<Infer<S>, E, P> & Found<T> & Tools): Eventual<NoInfer<O>>
}

/** An operation without its specific types, as services and the pipeline hold it. */
export interface Operation<Tools = never> {
  readonly name: string
  readonly effect: Effect
  readonly input: AnyShape
  readonly output: AnyShape | undefined
  /** The keys and grants that the operation touches, by name, in the order of the definition. */
  readonly keys: readonly (readonly [string, KeyRequirement<unknown> | GrantRequirement<unknown>])[]
  /** The finders of everything else that the operation touches, by name. */
  readonly resources: readonly (readonly [string, ResourceFinder<unknown>])[]
  readonly isDryRun?: (input: unknown) => boolean | undefined
  readonly grantTokens?: (input: unknown) => readonly string[] | undefined
  readonly attestation?: (input: unknown) => Uint8Array | undefined
  readonly identify?: (context: unknown) => Promise<Caller>
  readonly acceptsForwarded?: boolean
  readonly recordsKeyUsage?: boolean
  readonly disclose?: (
    output: unknown,
    found: Readonly<Record<string, unknown>>,
    input: unknown,
    prepared: unknown,
  ) => Disclosure
  readonly discloseFound?: (found: Readonly<Record<string, unknown>>) => Disclosure['additionalEventData']
  readonly record?: OperationRecord<unknown>
  readonly prepare?: (context: unknown) => unknown
  handle(context: unknown): unknown
  /** For the compiler only: the service must have these tools. */
  readonly needs?: (tools: Tools) => void
}

/** The requirement of an operation that touches nothing by name: its own action on `*`. */
const anything: ResourceFinder<unknown> = () => [{ arn: '*' }]

/**
 * Returns the function with which a service declares its operations. `Tools` are the parts that its handlers get,
 * besides the context that every handler gets.
 */
export function operationsWith<Tools>() {
  return <
    S extends AnyShape,
    O,
    E extends Effect,
    const T extends Readonly<Record<string, Requirement<Infer<S>>>>,
    P = undefined,
  >(
    definition: OperationDefinition<S, O, E, T, P, Tools>,
  ): Operation<Tools> => {
    const { touches, ...rest } = definition
    const touched: [string, Requirement<never>][] = Object.entries(touches ?? { anything })
    const isFinder = ([, requirement]: (typeof touched)[number]) => typeof requirement === 'function'
    const keys = touched.filter(entry => !isFinder(entry))
    // The pipeline calls an operation only with values that its own shapes decoded, so dropping the types is sound.
    return { ...rest, keys, resources: touched.filter(isFinder) } as unknown as Operation<Tools>
  }
}
