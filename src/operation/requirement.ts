import type { CompiledPolicy } from '../access/index.ts'
import type {
  EncryptionContext,
  Grant,
  GrantRequest,
  KeyOperation,
  KeyUsage,
  KmsKey,
  Scope,
  ServiceError,
} from '../domain/index.ts'
import type { GrantReference, ResolvedKey } from '../keys/index.ts'
import type { Eventual } from '../std/index.ts'
import type { Reader } from '../store/index.ts'
import type { Caller } from './caller.ts'
import type { ConditionFacts, Conditions } from './conditions.ts'

/** Something that a call touches: it is found, the caller must be allowed to touch it, and the handler gets it by its name. */
export type Requirement<I> = KeyRequirement<I> | GrantRequirement<I> | ResourceFinder<I>

/** The things that an operation touches, by the names by which the handler gets them: keys first, then the rest. */
export type Touched<I> = Readonly<Record<string, Requirement<I>>>

/** What the handler gets for a requirement. */
export type FoundBy<R> = R extends (...question: never[]) => infer Found
  ? Awaited<Found> extends { readonly found: infer F }
    ? F
    : undefined
  : R extends { readonly retires: unknown }
    ? Grant
    : ResolvedKey

/** A KMS key. */
export interface KeyRequirement<I> {
  /** The identifier of the key in the input. */
  readonly from: (input: I) => string | undefined
  /**
   * The forms of identifier that are accepted: key ids and key ARNs, those and aliases, or an alias name alone, which stands for
   * the key that it points to.
   */
  readonly forms: 'key' | 'key-or-alias' | 'alias-name'
  /** A ciphertext that names the key where `from` returns nothing. */
  readonly orCiphertext?: (input: I) => Uint8Array | undefined
  /** A ciphertext that names its key, whatever key `from` returns. */
  readonly besideCiphertext?: (input: I) => Uint8Array | undefined
  /** The action that the caller must be allowed on the key; the operation's own when absent. */
  readonly action?: string
  /** Whether callers of other accounts may be allowed at all. */
  readonly crossAccount?: boolean
  /** The Region of the key; the request's when absent. */
  readonly region?: (input: I) => string
  /** The error for a missing key, to a caller who may use the first key of the operation; NotFoundException when absent. */
  readonly missing?: (firstKey: KmsKey) => ServiceError
  /** Whether a call of any caller creates the AWS managed key whose alias it names; calls of services always do. */
  readonly createsManagedKey?: boolean
  /** The request that a grant must allow; a grant gives no permission for this requirement when absent. */
  readonly grant?: (input: I) => Omit<GrantRequest, 'sourceArn' | 'encryptionContext'> & {
    readonly encryptionContext?: EncryptionContext | undefined
  }
  /** The values of the operation's own condition keys. */
  readonly conditions?: (input: I, facts: ConditionFacts) => Conditions
  /** Whether `conditions` needs to know when the key was last used. */
  readonly needsLastUsage?: boolean
  /** Throws UnsupportedOperationException where keys of this kind never have the operation, whatever their state. */
  readonly supports?: (key: KmsKey) => void
  /** The usage that the key must have been made for. */
  readonly usage?: KeyUsage
  /** The row of the state table; the operation's own when absent. */
  readonly state?: KeyOperation | 'any'
}

/**
 * A grant that the operation retires. Its retiring principal, its grantee and the account that made it may do so, whatever the
 * key policy says (AWS KMS developer guide, "Retiring and revoking grants").
 */
export interface GrantRequirement<I> {
  /** The grant that the input names. Throws the ServiceError for a malformed name. */
  readonly retires: (input: I, context: RetirementContext) => GrantReference
  /** The values of the operation's own condition keys. */
  readonly conditionsOf: (grant: Grant) => Conditions
}

export interface RetirementContext {
  readonly scope: Scope
  /** Throws InvalidGrantTokenException for a token that was not made here. */
  readonly openGrantToken: (token: string) => GrantReference
}

/**
 * Finds the resources other than keys that the caller must be allowed to touch. Where the handler acts on what was looked up, the
 * finder returns it as `found`, so that the decision and the act are about the same thing.
 */
export type ResourceFinder<I> = (question: ResourceQuestion<I>) => Eventual<FoundResources>

export type FoundResources =
  | readonly ResourceRequirement<never>[]
  | { readonly resources: readonly ResourceRequirement<never>[]; readonly found: unknown }

export interface ResourceQuestion<I> {
  readonly input: I
  readonly caller: Caller
  readonly scope: Scope
  readonly store: Reader
}

/** A resource other than a key that the caller must be allowed to touch. */
export interface ResourceRequirement<I = unknown> {
  /** The operation's own action when absent. */
  readonly action?: string
  /** An ARN, or `*` for actions without a resource. */
  readonly arn: string
  /** The name of the resource in a denial: the request's own words, where the ARN would reveal more; the ARN when absent. */
  readonly name?: string
  /** The resource type by which the audit record lists it; not listed when absent. */
  readonly type?: string
  /** The values of the operation's own condition keys. */
  readonly conditions?: (input: I, facts: ConditionFacts) => Conditions
  /** The account of the resource; the caller's when absent. */
  readonly accountId?: string
  /** The resource's own policy, such as a trust policy; the caller's policies alone decide when absent. */
  readonly policy?: CompiledPolicy
  /** The text of a denial; AWS's general text when absent. */
  readonly refusal?: string
}

/** An operation that needs no permission: no policy can deny it. */
export const nothing = {} as const satisfies Touched<never>
