import {
  type AccessRequest,
  type ConditionContext,
  type Decision,
  decide,
  type PolicyType,
} from '../../access/index.ts'
import { type Grant, matchParty, noContext, ServiceError } from '../../domain/index.ts'
import type { GrantLookup } from '../../keys/index.ts'
import type {
  Caller,
  FoundKey,
  LaterCall,
  Organization,
  ResourceRequirement,
  ServiceConditionKeys,
} from '../../operation/index.ts'
import { andThen, type Eventual } from '../../std/index.ts'
import { denied, isByEndpointAlone, reasonOf } from '../denials/denial.ts'
import { crossAccountReason, foreignDenied, ofCiphertext } from '../denials/foreign.ts'
import type { CallFacts, Question } from './call-facts.ts'
import { policiesOf, policyOfEndpoint } from './compiled-policies.ts'
import { type ConditionSources, RequestContext } from './request-context.ts'
import { type UndecidedRequest, UndecidedRequests } from './undecided-requests.ts'
import { UnreadablePolicies, type UnreadablePolicy } from './unreadable-policies.ts'

type Denial = Exclude<Decision, { outcome: 'allow' }>

/** The settings of an `Authorizer`, and the parts that it works with. */
export interface AuthorizerOptions {
  readonly organization: Organization
  readonly conditionKeys: readonly ServiceConditionKeys[]
  readonly onUnreadablePolicy: (policy: UnreadablePolicy, requestId: string | undefined) => void
  readonly onUndecided: (request: UndecidedRequest, requestId: string | undefined) => void
}

/** Decides by policies and grants whether a call is allowed. */
export class Authorizer {
  readonly #sources: ConditionSources
  readonly #unreadable: UnreadablePolicies
  readonly #undecided: UndecidedRequests

  constructor({ organization, conditionKeys, onUnreadablePolicy, onUndecided }: AuthorizerOptions) {
    const byPrefix = new Map(conditionKeys.map(keys => [keys.prefix, keys]))
    this.#sources = { organization, conditionKeys: byPrefix }
    this.#unreadable = new UnreadablePolicies(onUnreadablePolicy)
    this.#undecided = new UndecidedRequests(onUndecided)
  }

  /**
   * Checks that the caller may use the key as the operation requires. Waits only if the policies do not allow it and
   * grants must be read. Throws AccessDeniedException.
   */
  authorizeKey(facts: CallFacts, found: FoundKey, grants: GrantLookup): void | Promise<void> {
    const { action, requirement, key } = found
    const { provedCaller: caller } = facts
    const isForeign = key.key.accountId !== caller.scope.accountId
    if (isForeign && requirement.crossAccount !== true)
      throw foreignDenied(found, crossAccountReason(requirement))
    const context = this.contextOf(facts, { action, found, conditions: requirement.conditions })
    const request = this.keyRequestOf(facts, found, context)
    const decision = decide(request)
    if (decision.outcome === 'allow') return
    if (requirement.grant !== undefined && mayDependOnGrant(decision)) {
      return andThen(this.findGrant(caller, found, grants), grant =>
        this.#checkWithGrant(facts, found, request, decision, grant),
      )
    }
    this.noteDenied(facts, request, decision)
    throw refuse(found, request, decision)
  }

  /**
   * Returns whether the caller may do with a key what the requirement of an operation says. A list asks this about keys that nobody
   * named, so nothing is noted for the log.
   */
  mayUseKey(facts: CallFacts, found: FoundKey, grants: GrantLookup): Eventual<boolean> {
    const { action, requirement } = found
    const context = this.contextOf(facts, { action, found, conditions: requirement.conditions })
    const request = this.keyRequestOf(facts, found, context)
    const decision = decide(request)
    if (decision.outcome === 'allow') return true
    if (requirement.grant === undefined || !mayDependOnGrant(decision)) return false
    return andThen(
      this.findGrant(facts.provedCaller, found, grants),
      grant => grant !== undefined && decide({ ...request, grant }).outcome === 'allow',
    )
  }

  /**
   * Checks that the caller may touch a resource other than a key as the operation requires. Throws
   * AccessDeniedException.
   */
  authorizeResource(facts: CallFacts, action: string, resource: ResourceRequirement<never>): void {
    const { arn, name, conditions, policy, refusal } = resource
    const { accountId = facts.provedCaller.scope.accountId } = resource
    const context = this.contextOf(facts, { action, found: undefined, conditions, accountId })
    const request = this.requestOf(facts, action, { arn, accountId, policy }, context)
    const decision = decide(request)
    if (decision.outcome === 'allow') return
    this.noteDenied(facts, request, decision)
    if (refusal === undefined) throw denied(request, decision, name && `resource: ${name}`)
    throw new ServiceError('AccessDeniedException', refusal, {
      reason: reasonOf(decision, request),
      isByEndpoint: isByEndpointAlone(request, decision),
    })
  }

  /**
   * Decides again if there is a grant, because the first decision was made without one. Throws AccessDeniedException.
   */
  #checkWithGrant(
    facts: CallFacts,
    found: FoundKey,
    request: AccessRequest,
    withoutGrant: Denial,
    grant: AccessRequest['grant'],
  ): void {
    const withGrant = grant === undefined ? request : { ...request, grant }
    const decision = grant === undefined ? withoutGrant : decide(withGrant)
    if (decision.outcome === 'allow') return
    this.noteDenied(facts, request, decision)
    throw refuse(found, withGrant, decision)
  }

  /** Notes what the operator should know about a request that was denied. */
  noteDenied({ requestId }: CallFacts, request: AccessRequest, decision: Denial): void {
    this.#unreadable.note(request, requestId)
    this.#undecided.note(decision, request, requestId)
  }

  /** Returns the condition values of a request. */
  contextOf(facts: CallFacts, question: Question): RequestContext {
    return new RequestContext(facts, question, this.#sources)
  }

  /** Returns the request that the policies would decide on for a later call of the same caller. */
  requestFor(facts: CallFacts, { action, resource, region, conditions }: LaterCall): AccessRequest {
    const { provedCaller: caller, found } = facts
    const later = { ...facts, provedCaller: { ...caller, scope: { ...caller.scope, region } } }
    const question: Question =
      conditions === undefined
        ? { action, found: found[0], conditions: undefined }
        : { action, found: undefined, conditions: () => conditions, accountId: resource.accountId }
    return this.requestOf(later, action, resource, this.contextOf(later, question))
  }

  /** Returns the request that the policies decide on, for a key. */
  keyRequestOf(facts: CallFacts, found: FoundKey, context: ConditionContext): AccessRequest {
    const { key, arn, policy } = found.key
    const resource = { arn, accountId: key.accountId, policy, isAwsManagedKey: key.keyManager === 'AWS' }
    return this.requestOf(facts, found.action, resource, context)
  }

  /**
   * Finds a grant that allows the caller to use a key; undefined if there is none, or if grants do not count for the
   * requirement.
   */
  findGrant(
    caller: Caller,
    { key, requirement, input }: FoundKey,
    grants: GrantLookup,
  ): Eventual<AccessRequest['grant']> {
    const grantRequest = requirement.grant?.(input)
    if (grantRequest === undefined) return undefined
    const { encryptionContext = noContext } = grantRequest
    const found = grants.findGrantFor({
      scope: key.key,
      keyId: key.key.keyId,
      principal: caller.identity.principal,
      request: { ...grantRequest, encryptionContext, sourceArn: caller.service?.sourceArn },
    })
    return andThen(found, grant => toAccessGrant(grant, caller))
  }

  /** Returns the request that the policies decide on. */
  requestOf(
    { call, provedCaller, budget }: CallFacts,
    action: string,
    resource: AccessRequest['resource'],
    context: ConditionContext,
  ): AccessRequest {
    const { identity, scope } = provedCaller
    const { identityPolicies, boundary, sessionPolicies } = policiesOf(identity)
    const { organization } = this.#sources
    const ofCaller = organization.ofAccount(scope.accountId)
    const ofOwner =
      resource.accountId === scope.accountId ? ofCaller : organization.ofAccount(resource.accountId)
    // Calls of services are judged too: a client must not get past the endpoint by naming a service.
    const ofEndpoint = call.endpoint && policyOfEndpoint(call.endpoint)
    return {
      principal: identity.principal,
      federatedProvider: identity.principal.type === 'WebIdentityUser' ? identity.principal.arn : undefined,
      identityPolicies,
      boundary,
      sessionPolicies,
      serviceControlPolicies: ofCaller?.serviceControlPolicies,
      // These policies apply to keys and roles only, and only keys and roles have a policy.
      resourceControlPolicies: resource.policy && ofOwner?.resourceControlPolicies,
      endpointPolicy: ofEndpoint?.endpointPolicy,
      endpointArn: ofEndpoint?.endpointArn,
      action,
      resource,
      context,
      budget,
    }
  }
}

function toAccessGrant(grant: Grant | undefined, caller: Caller): AccessRequest['grant'] {
  if (grant === undefined) return undefined
  const match = matchParty(grant.grantee, caller.identity.principal)
  return match === 'no'
    ? undefined
    : { grantId: grant.grantId, issuingAccountId: grant.issuingAccountId, match }
}

/**
 * Whether a grant can change the decision, or whether a denial is by the endpoint alone. A Deny in the policy of the endpoint
 * stands, but its record depends on whether the other policies and grants allow the call.
 */
function mayDependOnGrant(decision: Denial): boolean {
  if (decision.outcome === 'explicitDeny') return decision.deniedBy === 'VPC endpoint'
  return decision.outcome === 'implicitDeny'
}

/**
 * The policies of the caller's side. If only an allow in one of these is missing, the account of the key allows the
 * call.
 */
const ofCallersSide: ReadonlySet<PolicyType> = new Set([
  'identity-based',
  'permissions boundary',
  'session',
  'VPC endpoint',
])

function refuse(found: FoundKey, request: AccessRequest, decision: Denial) {
  const isForeign = request.resource.accountId !== found.caller.scope.accountId
  if (!isForeign) return denied(request, decision)
  // If the key's account allows the call but the caller's does not, AWS reports that without naming the key (recorded from AWS).
  return decision.outcome === 'implicitDeny' && ofCallersSide.has(decision.missing)
    ? denied(request, decision, found.namedAs === undefined ? ofCiphertext : 'this resource')
    : foreignDenied(found, reasonOf(decision, request), isByEndpointAlone(request, decision))
}
