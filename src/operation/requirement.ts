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

/**
 * Something that a call touches. The pipeline finds it and checks that the caller may touch it; the handler gets it by
 * its name.
 */
export type Requirement<I> = KeyRequirement<I> | GrantRequirement<I> | ResourceFinder<I>

/** The things that an operation touches, by the names by which the handler gets them: keys first, then the rest. */
export type Touched<I> = Readonly<Record<string, Requirement<I>>>

/** The value that the handler gets for a requirement. */
export type FoundBy<R> = R extends (...question: never[]) => infer Found
  ? Awaited<Found> extends { readonly found: infer F }
    ? F
    : undefined
  : R extends { readonly retires: unknown }
    ? Grant
    : ResolvedKey

/** A KMS key that the operation touches. */
export interface KeyRequirement<I> {
  /** Reads the identifier of the key from the input. */
  readonly from: (input: I) => string | undefined
  /**
   * The accepted forms of the identifier: `key` is a key id or key ARN, `key-or-alias` also an alias name or alias ARN,
   * and `alias-name` an alias name alone, which stands for the key that it points to.
   */
  readonly forms: 'key' | 'key-or-alias' | 'alias-name'
  /** Reads a ciphertext that names the key if `from` returns undefined. */
  readonly orCiphertext?: (input: I) => Uint8Array | undefined
  /** Reads a ciphertext that names its key even if `from` returns a key. */
  readonly besideCiphertext?: (input: I) => Uint8Array | undefined
  /** The action that the caller must be allowed on the key; the operation's own action if absent. */
  readonly action?: string
  /** Whether callers from other accounts can be allowed at all. */
  readonly crossAccount?: boolean
  /** The Region of the key; the request's Region if absent. */
  readonly region?: (input: I) => string
  /**
   * Returns the error for a missing key to a caller who may use the first key of the operation; NotFoundException if
   * absent.
   */
  readonly missing?: (firstKey: KmsKey) => ServiceError
  /**
   * Whether a call by any caller creates the AWS managed key whose alias it names. A call by a service always creates
   * it.
   */
  readonly createsManagedKey?: boolean
  /** The request that a grant must allow. If absent, no grant gives the permission. */
  readonly grant?: (input: I) => Omit<GrantRequest, 'sourceArn' | 'encryptionContext'> & {
    readonly encryptionContext?: EncryptionContext | undefined
  }
  /** Returns the values of the operation's own condition keys. */
  readonly conditions?: (input: I, facts: ConditionFacts) => Conditions
  /** Whether `conditions` reads when the key was last used. */
  readonly needsLastUsage?: boolean
  /** Whether the audit record leaves the key out of its resources. */
  readonly isUnlisted?: boolean
  // The checks of an allowed key, in their order.
  /**
   * Throws if the request and the key do not belong together, such as a ciphertext and a key that did not make it, or if the
   * operation never works on keys of this origin, whatever their usage and state.
   */
  readonly fits?: (key: KmsKey, input: I) => void
  /** The usage that the key must have. */
  readonly usage?: KeyUsage
  /** The row of the state table; the operation's own row if absent, no check with `any`. */
  readonly state?: KeyOperation | 'any'
  /** Throws UnsupportedOperationException if the operation does not work on keys of this kind. */
  readonly supports?: (key: KmsKey) => void
}

/**
 * A grant that the operation retires. Its retiring principal, its grantee and the account that made it may retire it,
 * whatever the key policy says (AWS KMS developer guide, "Retiring and revoking grants").
 */
export interface GrantRequirement<I> {
  /** Reads from the input which grant to retire. Throws the ServiceError for a malformed name. */
  readonly retires: (input: I, context: RetirementContext) => GrantReference
  /** Returns the values of the operation's own condition keys. */
  readonly conditionsOf: (grant: Grant) => Conditions
}

/** The context in which an operation reads the grant to retire. */
export interface RetirementContext {
  readonly scope: Scope
  /** Opens a grant token. Throws InvalidGrantTokenException for a token that this server did not make. */
  readonly openGrantToken: (token: string) => GrantReference
}

/**
 * Finds the resources other than keys that the caller must be allowed to touch. If the handler acts on the thing that
 * was looked up, the finder returns it as `found`, so that the decision and the action are about the same thing.
 */
export type ResourceFinder<I> = (question: ResourceQuestion<I>) => Eventual<FoundResources>

/** The resources that a finder found, and the looked-up thing itself if the handler needs it. */
export type FoundResources =
  | readonly ResourceRequirement<never>[]
  | { readonly resources: readonly ResourceRequirement<never>[]; readonly found: unknown }

/** The question to a finder: which resources does this call touch? */
export interface ResourceQuestion<I> {
  readonly input: I
  readonly caller: Caller
  readonly scope: Scope
  readonly store: Reader
}

/** A resource other than a key that the caller must be allowed to touch. */
export interface ResourceRequirement<I = unknown> {
  /** The action that the caller must be allowed; the operation's own action if absent. */
  readonly action?: string
  /** An ARN, or `*` for actions without a resource. */
  readonly arn: string
  /**
   * The name of the resource in a denial, in the request's own words if the ARN would reveal more; the ARN if absent.
   */
  readonly name?: string
  /** The resource type by which the audit record lists it; not listed if absent. */
  readonly type?: string
  /** Whether the audit record leaves the resource out, although it has a type. */
  readonly isUnlisted?: boolean
  /** Whether the audit record lists the resource after the keys; before them if absent. */
  readonly isListedLast?: boolean
  /** Returns the values of the operation's own condition keys. */
  readonly conditions?: (input: I, facts: ConditionFacts) => Conditions
  /** The account of the resource; the caller's account if absent. */
  readonly accountId?: string
  /** The resource's own policy, such as a trust policy. If absent, the caller's policies decide alone. */
  readonly policy?: CompiledPolicy
  /** The text of a denial; AWS's general text if absent. */
  readonly refusal?: string
}

/** The requirements of an operation that needs no permission: no policy can deny it. */
export const nothing = {} as const satisfies Touched<never>
