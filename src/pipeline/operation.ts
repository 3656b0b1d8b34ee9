import type { CompiledPolicy, ConditionContext } from '../access/index.ts'
import type {
  EncryptionContext,
  Grant,
  GrantRequest,
  KeyEvent,
  KeyOperation,
  KeyUsage,
  KmsKey,
  Scope,
  ServiceError,
} from '../domain/index.ts'
import type { Attestation, Hsm } from '../hsm/index.ts'
import type { SessionTokens, WebIdentities } from '../identity/index.ts'
import type { KeyUsageLedger, ResolvedKey } from '../keys/index.ts'
import type { AnyShape, Infer, Json, Millis, Shape } from '../std/index.ts'
import type { Reader, Writer } from '../store/index.ts'
import type { AccessAnswer, AccessQuestion } from './access-question.ts'
import type { Caller } from './caller.ts'
import type { ConditionFacts, Conditions } from './conditions.ts'
import type { Deployment } from './deployment.ts'
import type { OrganizationMember } from './organization.ts'

/**
 * An operation is data and one function. The data says all that happens before the function runs: what the input must
 * look like, which keys it names and what the caller must be allowed to do with them. The pipeline does it, in one
 * order that no operation can change.
 */
export interface OperationDefinition<
  S extends AnyShape,
  O,
  E extends Effect,
  KeyName extends string,
  P = undefined,
> {
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
  readonly resources?: (input: Infer<S>, scope: Scope) => readonly ResourceRequirement<Infer<S>>[]
  /** The same where the ARNs have to be looked for, as those of IAM hold paths that requests do not name. */
  readonly findResources?: (
    question: ResourceQuestion<Infer<S>>,
  ) => readonly ResourceRequirement<never>[] | Promise<readonly ResourceRequirement<never>[]>
  /**
   * The same where the handler acts on what was found, so that what was decided about is what is acted on. It gets it as
   * `prepared`.
   */
  readonly plan?: (question: ResourceQuestion<Infer<S>>) => Promise<Plan<P>>
  /**
   * Who is calling, of an operation whose input proves it instead of a signature. Throws the ServiceError of what is wrong
   * with the proof.
   */
  readonly identify?: (context: IdentifyContext<Infer<S>>) => Promise<Caller>
  /**
   * What of the output the audit record shows. When absent: nothing for an operation that reads, and for one that writes
   * the ARN of its key, as CloudTrail has it.
   */
  readonly disclose?: (
    output: NoInfer<O>,
    keys: Readonly<Record<KeyName, ResolvedKey>>,
    input: Infer<S>,
  ) => Disclosure
  /** Whether its success is a use of its keys, as GetKeyLastUsage tells of them. */
  readonly recordsKeyUsage?: boolean
  /** Whether anybody who names the alias of an AWS managed key that is not there brings it into being. */
  readonly makesManagedKeys?: boolean
  /** Whether its only key and its permission come from a grant that is to be retired. */
  readonly retiresGrant?: boolean
  /**
   * Work of an operation that writes which takes long, such as making key material: done before the transaction, so that
   * nothing waits for it. The permission is decided before it, and again in the transaction.
   */
  readonly prepare?: (
    context: PrepareContext<Infer<S>> & Readonly<Record<KeyName, ResolvedKey>>,
  ) => P | Promise<P>
  handle(
    context: HandlerContext<Infer<S>, E, P> & Readonly<Record<KeyName, ResolvedKey>>,
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
  /** A ciphertext that tells of its key, whatever key `from` gives. */
  readonly besideCiphertext?: (input: I) => Uint8Array | undefined
  /** The action the caller must be allowed on the key; the operation's own when absent. */
  readonly action?: string
  /** Whether callers of other accounts may be allowed at all. */
  readonly crossAccount?: boolean
  /** The region the key is in; the request's when absent. */
  readonly region?: (input: I) => string
  /**
   * What is answered where it is not there, to a caller who may use the first key of the operation; NotFoundException when
   * absent.
   */
  readonly missing?: (firstKey: KmsKey) => ServiceError
  /** What a grant must allow for it; a grant gives no permission for this when absent. */
  readonly grant?: (input: I) => Omit<GrantRequest, 'sourceArn' | 'encryptionContext'> & {
    readonly encryptionContext?: EncryptionContext | undefined
  }
  /** The condition keys that a request for it has, besides those of every request and of every key. */
  readonly conditions?: (input: I, facts: ConditionFacts) => Conditions
  /** Whether `conditions` has to be told when the key was last used. */
  readonly asksLastUse?: boolean
  /** Throws UnsupportedOperationException where no key of its kind can have the operation, whatever its state. */
  readonly supports?: (key: KmsKey) => void
  /** The usage the key must have been made for. */
  readonly usage?: KeyUsage
  /** The row of the state table; the operation's own when absent. */
  readonly state?: KeyOperation | 'any'
}

export interface ResourceRequirement<I = unknown> {
  /** The operation's own action when absent. */
  readonly action?: string
  /** An ARN, or `*` for actions without a resource. */
  readonly arn: string
  /** What a denial calls it: the request's own words, where its ARN would tell more; its ARN when absent. */
  readonly name?: string
  /** The resource type by which the audit record lists it; not listed when absent. */
  readonly type?: string
  /** The condition keys that a request for it has, besides those of every request. */
  readonly conditions?: (input: I, facts: ConditionFacts) => Conditions
  /** The account that it is in; the caller's when absent. */
  readonly accountId?: string
  /** Its own policy, such as who may assume a role; what has none is left to the caller's policies. */
  readonly policy?: CompiledPolicy
  /** What a denial says; AWS's words for denials in general when absent. */
  readonly refusal?: string
}

export interface Plan<P> {
  readonly resources: readonly ResourceRequirement<never>[]
  readonly prepared: P
}

export interface IdentifyContext<I> {
  readonly input: I
  readonly now: Millis
  readonly store: Reader
  /** The region of a request that names none. */
  readonly defaultRegion: string
  readonly webIdentities: WebIdentities
}

export interface ResourceQuestion<I> {
  readonly input: I
  readonly caller: Caller
  readonly scope: Scope
  readonly store: Reader
}

export interface Disclosure {
  readonly responseElements?: Json
  readonly additionalEventData?: { readonly [name: string]: Json }
  /** A key that the operation made. */
  readonly createdKeyArn?: string
}

export interface PrepareContext<I> {
  readonly input: I
  readonly caller: Caller
  /** The caller's account and the request's region. */
  readonly scope: Scope
  readonly now: Millis
  readonly hsm: Hsm
  readonly sessions: SessionTokens
  readonly deployment: Deployment
}

export interface HandlerContext<I, E extends Effect, P = undefined> extends PrepareContext<I> {
  readonly prepared: P
  /** The enclave that the answer is to be sealed for; undefined where the input names none. */
  readonly recipient: Attestation | undefined
  /** The grant that an operation which retires one was asked for, by somebody who may. */
  readonly retiredGrant: Grant | undefined
  /** What the request says to conditions that ask about an action on its first key, if it names one. */
  readonly contextFor: (action: string) => ConditionContext
  /** Answers a question about somebody's permission with all that decides it. */
  readonly explainAccess: (question: AccessQuestion) => Promise<AccessAnswer>
  /** What the caller's account has of its organization; undefined where it is in none. */
  readonly findOrganization: () => OrganizationMember | undefined
  /** The last uses of keys. */
  readonly usages: KeyUsageLedger
  /** The transaction of an operation that writes; read access for the others. */
  readonly store: E extends 'write' ? Writer : Reader
  /** Puts on record, with the change of an operation that writes, what the service does to a key because of it. */
  readonly recordEvent: E extends 'write' ? (event: KeyEvent) => void : never
}

/** An operation with its types forgotten, as the registry and the pipeline hold it. */
export interface Operation {
  readonly name: string
  readonly effect: Effect
  readonly input: AnyShape
  readonly output: AnyShape | undefined
  /** By the names the handler gets them by, in the order of the definition. */
  readonly keys: readonly (readonly [name: string, KeyRequirement<unknown>])[]
  readonly resources?: (input: unknown, scope: Scope) => readonly ResourceRequirement<never>[]
  readonly findResources?: (
    question: ResourceQuestion<unknown>,
  ) => readonly ResourceRequirement<never>[] | Promise<readonly ResourceRequirement<never>[]>
  readonly plan?: (question: ResourceQuestion<unknown>) => Promise<Plan<unknown>>
  readonly identify?: (context: IdentifyContext<unknown>) => Promise<Caller>
  readonly disclose?: (
    output: unknown,
    keys: Readonly<Record<string, ResolvedKey>>,
    input: unknown,
  ) => Disclosure
  readonly recordsKeyUsage?: boolean
  readonly makesManagedKeys?: boolean
  readonly retiresGrant?: boolean
  readonly prepare?: (context: unknown) => unknown
  handle(context: unknown): unknown
}

/** Declares an operation. One that names keys must have a row in the state table. */
export function operation<
  S extends AnyShape,
  O,
  E extends Effect,
  KeyName extends string = never,
  P = undefined,
>(definition: OperationDefinition<S, O, E, KeyName, P>): Operation {
  // The pipeline calls with what the definition's own shapes decoded, so forgetting the types is sound.
  return { ...definition, keys: Object.entries(definition.keys ?? {}) } as unknown as Operation
}

/** An AWS service: its operations by name, and how its wire and its policies call it. */
export type Service = ServiceFacts & { readonly operations: ReadonlyMap<string, Operation> }

export type ServiceFacts = {
  /** As in a credential scope, an action and an endpoint, such as `kms`. */
  readonly name: string
  /** As in audit records, such as `kms.amazonaws.com`. */
  readonly eventSource: string
} & (
  | {
      readonly protocol: 'json'
      /** The prefix of X-Amz-Target, such as `TrentService`. */
      readonly targetPrefix: string
    }
  | {
      readonly protocol: 'query'
      /** The Version that requests name, such as `2010-05-08`. */
      readonly apiVersion: string
      /** Of the elements of its answers. */
      readonly xmlNamespace: string
    }
)

export function service(definition: ServiceFacts & { readonly operations: readonly Operation[] }): Service {
  const operations = new Map(definition.operations.map(item => [item.name, item]))
  if (operations.size !== definition.operations.length) throw new Error('two operations have one name')
  return { ...definition, operations }
}
