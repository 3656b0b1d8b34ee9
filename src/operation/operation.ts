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
import type { FoundBy, GrantRequirement, KeyRequirement, Requirement, ResourceFinder } from './requirement.ts'

/** The things that a call touches, as the handler gets them. */
// The compiler falls back to all strings where an operation touches nothing by name.
type Found<T> = string extends keyof T ? unknown : { readonly [N in keyof T]: FoundBy<T[N]> }

/** Operations that touch keys have a row in the state table. */
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
 * An operation is data and one function. The data says everything that happens before the function runs: the shape of the input,
 * the things that the call touches, and what the caller must be allowed. The pipeline performs it, in one order that no operation
 * can change.
 */
export interface OperationDefinition<S extends AnyShape, O, E extends Effect, T, P, Tools> {
  /** AWS's name of the operation. */
  readonly name: NameFor<T>
  /** A `write` may be run again, so its only effects go through the writer. */
  readonly effect: E
  readonly input: S
  /** Undefined for operations that answer an empty body. */
  readonly output: Shape<O> | undefined
  /** The things that a call touches. When absent, the caller must be allowed the operation's own action on `*`. */
  readonly touches?: T
  /** Whether the request is a rehearsal: everything is checked and nothing is done. */
  readonly isDryRun?: (input: Infer<S>) => boolean | undefined
  /** The grant tokens in the input. */
  readonly grantTokens?: (input: Infer<S>) => readonly string[] | undefined
  /** The attestation document of the enclave that the answer must be sealed for. Throws ValidationException. */
  readonly attestation?: (input: Infer<S>) => Uint8Array | undefined
  /**
   * The caller of an operation whose input proves the caller instead of a signature. Throws the ServiceError that says why the
   * proof fails.
   */
  readonly identify?: (context: IdentifyContext<Infer<S>> & Tools) => Promise<Caller>
  /** Whether a service may call it on someone's behalf, where not all operations of its service may be called so. */
  readonly acceptsForwarded?: boolean
  /** Whether its success counts as the last usage of its keys. */
  readonly recordsKeyUsage?: boolean
  /**
   * The part of the output that the audit record shows. When absent: nothing for an operation that reads, and the ARN of its key
   * for one that writes, as in CloudTrail's records.
   */
  readonly disclose?: (output: NoInfer<O>, found: Found<T>, input: Infer<S>) => Disclosure
  /**
   * Work of an operation that writes which takes long, such as making key material: done before the transaction, so that no other
   * write waits for it. The permission is decided before it, and again in the transaction.
   */
  readonly prepare?: (context: PrepareContext<Infer<S>> & Found<T> & Tools) => Eventual<P>
  handle(context: HandlerContext<Infer<S>, E, P> & Found<T> & Tools): Eventual<NoInfer<O>>
}

/** An operation with its types forgotten, as services and the pipeline hold it. */
export interface Operation<Tools = never> {
  readonly name: string
  readonly effect: Effect
  readonly input: AnyShape
  readonly output: AnyShape | undefined
  /** The keys and grants that it touches, by name, in the order of the definition. */
  readonly keys: readonly (readonly [string, KeyRequirement<unknown> | GrantRequirement<unknown>])[]
  /** The finders of all else that it touches, by name. */
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
  ) => Disclosure
  readonly prepare?: (context: unknown) => unknown
  handle(context: unknown): unknown
  /** A mark for the compiler: the service must have these tools. */
  readonly needs?: (tools: Tools) => void
}

/** What an operation touches that names nothing: its own action on `*`. */
const anything: ResourceFinder<unknown> = () => [{ arn: '*' }]

/**
 * Returns the function by which a service declares its operations. `Tools` are what its handlers need besides what every handler
 * gets.
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
    // The pipeline calls with what the definition's own shapes decoded, so forgetting the types is sound.
    return { ...rest, keys, resources: touched.filter(isFinder) } as unknown as Operation<Tools>
  }
}
