import type { Principal } from '../domain/index.ts'
import type { DecisionContext } from './budget/decision-context.ts'
import type { StepBudget } from './budget/step-budget.ts'
import type { ConditionContext } from './condition/condition-context.ts'
import type { CompiledPolicy, CompiledStatement, Reason } from './policy/compile.ts'
import type { PolicyType } from './policy/policy-kind.ts'
import type { PrincipalMatch } from './policy/principal-match.ts'

/** One request for a decision. */
export interface AccessRequest {
  readonly principal: Principal
  /** The principal's own policies. The root user needs none: it may do everything that its account may. */
  readonly identityPolicies: readonly CompiledPolicy[]
  readonly boundary?: CompiledPolicy | undefined
  /** Undefined if the session has none, so that none limit it. */
  readonly sessionPolicies?: readonly CompiledPolicy[] | undefined
  /** The policies of the principal's account, one list per level (root, organizational units, account). Each must allow. */
  readonly serviceControlPolicies?: readonly (readonly CompiledPolicy[])[] | undefined
  /** The policies of the resource's account, one list per level. They can only deny. */
  readonly resourceControlPolicies?: readonly (readonly CompiledPolicy[])[] | undefined
  /** The policy of the VPC endpoint that the request came through. */
  readonly endpointPolicy?: CompiledPolicy | undefined
  /** The ARN of that endpoint. */
  readonly endpointArn?: string | undefined
  /** As AWS writes it, such as `kms:Encrypt`. */
  readonly action: string
  readonly resource: AccessedResource
  /** A grant on the resource that names the principal and allows the action under its constraints. */
  readonly grant?: AccessGrant | undefined
  /** The values for conditions and policy variables. */
  readonly context: ConditionContext
  /**
   * The identity provider, if it alone vouches for the caller, as in AssumeRoleWithWebIdentity. Statements must name it instead
   * of the principal, which has no identity here.
   */
  readonly federatedProvider?: string | undefined
  /** The steps that the decisions of one call may take together; a budget of its own if absent. */
  readonly budget?: StepBudget | undefined
  /** Matches each statement whose action fits, in the place of the rule for a request whose facts are all known. */
  readonly matchStatement?: StatementMatcher | undefined
}

/** Returns how a statement whose action fits matches a request. */
export type StatementMatcher = (statement: CompiledStatement, context: DecisionContext) => PrincipalMatch

/** A grant that can allow a request. */
export interface AccessGrant {
  readonly grantId: string
  /** The account of the principal that made it. */
  readonly issuingAccountId: string
  /** Whether it names the principal itself, its session's role, or only its account, whose policies must then allow too. */
  readonly match: Exclude<PrincipalMatch, 'no'>
}

/** The resource of a request. */
export interface AccessedResource {
  /** `*` for operations without a resource. */
  readonly arn: string
  readonly accountId: string
  /** The policy of the key or the role; undefined for a resource without one, where identity policies alone decide. */
  readonly policy: CompiledPolicy | undefined
  readonly isAwsManagedKey?: boolean | undefined
}

/** The outcome of a request, with the statements and the grant that applied. */
export type Decision =
  | { readonly outcome: 'allow'; readonly reasons: readonly Reason[] }
  | { readonly outcome: 'explicitDeny'; readonly deniedBy: PolicyType; readonly reasons: readonly Reason[] }
  /** Nothing allowed the request; `missing` is the kind of policy that would have to allow it. */
  | { readonly outcome: 'implicitDeny'; readonly missing: PolicyType; readonly reasons: readonly Reason[] }
  /** The decision took more steps than the call may. It denies, because a Deny may be in what was not evaluated. */
  | { readonly outcome: 'undecided'; readonly reasons: readonly Reason[] }
