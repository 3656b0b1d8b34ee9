import {
  type AccessRequest,
  type CompiledPolicy,
  type ConditionContext,
  compilePolicy,
  compileStoredPolicy,
  type Decision,
  decide,
  type PolicyType,
} from '../../access/index.ts'
import { type Grant, type Identity, matchParty, noContext, ServiceError } from '../../domain/index.ts'
import type { GrantLookup } from '../../keys/index.ts'
import type { Endpoint } from '../call.ts'
import type { Caller } from '../caller.ts'
import { type Conditions, constraintTypeOf, contextConditions } from '../conditions.ts'
import { denied, reasonOf } from '../denials/denial.ts'
import type { KeyUse } from '../key-use.ts'
import type { ResourceRequirement } from '../operation.ts'
import type { Organization } from '../organization.ts'
import { foreignDenied, ofCiphertext, reasonAcross } from '../resolve.ts'
import type { CallFacts, Question } from './call-facts.ts'
import { RequestContext } from './request-context.ts'
import { UnreadablePolicies, type UnreadablePolicy } from './unreadable-policies.ts'

type Denial = Exclude<Decision, { outcome: 'allow' }>
type PoliciesOfIdentity = Pick<AccessRequest, 'identityPolicies' | 'boundary' | 'sessionPolicies'>

// Identities are made once per cache entry and never change, so their compiled policies live and go with them.
const compiledPolicies = new WeakMap<Identity, PoliciesOfIdentity>()

function policiesOf(identity: Identity): PoliciesOfIdentity {
  const known = compiledPolicies.get(identity)
  if (known !== undefined) return known
  const { policies, boundary, sessionPolicies } = identity
  const compiled = {
    identityPolicies: policies.map(({ name, document }) => compileStoredPolicy(document, 'identity', name)),
    boundary: boundary && compileStoredPolicy(boundary.document, 'boundary', boundary.name),
    // Managed policies are taken by the grammar of identities, which completes ARNs that session policies may not have.
    sessionPolicies: sessionPolicies?.map(({ name, document, isManaged }) =>
      compileStoredPolicy(document, isManaged ? 'identity' : 'session', name),
    ),
  }
  compiledPolicies.set(identity, compiled)
  return compiled
}

// An endpoint is one object for as long as its policy is one text.
const compiledEndpoints = new WeakMap<Endpoint, CompiledPolicy>()

function policyOf(endpoint: Endpoint): CompiledPolicy {
  const known = compiledEndpoints.get(endpoint)
  if (known !== undefined) return known
  const compiled = compilePolicy(endpoint.policy, 'endpoint', endpoint.vpceId)
  compiledEndpoints.set(endpoint, compiled)
  return compiled
}

/** What policies are asked about one call; what every question of it has in common. */
export class Authorizer {
  readonly #organization: Organization
  readonly #unreadable: UnreadablePolicies

  constructor(organization: Organization, onUnreadablePolicy: (policy: UnreadablePolicy) => void) {
    this.#organization = organization
    this.#unreadable = new UnreadablePolicies(onUnreadablePolicy)
  }

  /**
   * Throws AccessDeniedException where the caller may not do with the key what it wants to. Waits only where the policies
   * do not allow it and grants have to be read.
   */
  authorizeKey(facts: CallFacts, use: KeyUse, grants: GrantLookup): void | Promise<void> {
    const { key } = use.key
    const caller = facts.provedCaller
    const isForeign = key.accountId !== caller.scope.accountId
    if (isForeign && use.requirement.crossAccount !== true) {
      throw denyKey(use, reasonAcross(use.requirement))
    }
    const { action } = use
    const context = this.contextOf(facts, { action, use, conditions: use.requirement.conditions })
    const request = this.keyRequestOf(facts, use, context)
    const decision = decide(request)
    if (decision.outcome === 'allow') return
    if (decision.outcome === 'implicitDeny' && use.requirement.grant !== undefined) {
      const found = findGrant(caller, use, grants)
      if (found instanceof Promise) {
        return found.then(grant => checkWithGrant(use, request, decision, toAccessGrant(grant, caller)))
      }
      checkWithGrant(use, request, decision, toAccessGrant(found, caller))
      return
    }
    this.#unreadable.note(request)
    throw refuse(use, request, decision)
  }

  /** Throws AccessDeniedException where the caller may not do with a resource other than a key what it wants to. */
  authorizeResource(facts: CallFacts, action: string, wanted: ResourceRequirement<never>): void {
    const { arn, name, conditions, policy, refusal } = wanted
    const { accountId = facts.provedCaller.scope.accountId } = wanted
    const context = this.contextOf(facts, { action, use: undefined, conditions, accountId })
    const request = this.requestOf(facts, action, { arn, accountId, policy }, context)
    const decision = decide(request)
    if (decision.outcome === 'allow') return
    this.#unreadable.note(request)
    if (refusal === undefined) throw denied(request, decision, name && `resource: ${name}`)
    throw new ServiceError('AccessDeniedException', refusal, { reason: reasonOf(decision, request) })
  }

  /**
   * The question whether the caller may retire a grant: as of a resource of its own account, since no policy of the key
   * has a say in it (AWS KMS developer guide, "Retiring and revoking grants").
   */
  retirementOf(facts: CallFacts, grant: Grant, arn: string): AccessRequest {
    const action = 'kms:RetireGrant'
    const { accountId } = facts.provedCaller.identity.principal
    const context = this.contextOf(facts, {
      action,
      use: undefined,
      conditions: () => grantConditions(grant),
    })
    return this.requestOf(facts, action, { arn, accountId, policy: undefined }, context)
  }

  /** What a request says to conditions. */
  contextOf(facts: CallFacts, question: Question): RequestContext {
    return new RequestContext(facts, question, this.#organization)
  }

  /** The question that policies are asked about a key. */
  keyRequestOf(facts: CallFacts, use: KeyUse, context: ConditionContext): AccessRequest {
    const { key, arn, policy } = use.key
    const resource = { arn, accountId: key.accountId, policy, isAwsManagedKey: key.keyManager === 'AWS' }
    return this.requestOf(facts, use.action, resource, context)
  }

  /** The grant that would let the caller use a key. */
  async findGrant(caller: Caller, use: KeyUse, grants: GrantLookup): Promise<AccessRequest['grant']> {
    return toAccessGrant(await findGrant(caller, use, grants), caller)
  }

  requestOf(
    { call, provedCaller }: CallFacts,
    action: string,
    resource: AccessRequest['resource'],
    context: ConditionContext,
  ): AccessRequest {
    const { identity, scope } = provedCaller
    const { identityPolicies, boundary, sessionPolicies } = policiesOf(identity)
    const ofCaller = this.#organization.ofAccount(scope.accountId)
    const ofOwner =
      resource.accountId === scope.accountId ? ofCaller : this.#organization.ofAccount(resource.accountId)
    return {
      principal: identity.principal,
      federatedProvider: identity.principal.type === 'WebIdentityUser' ? identity.principal.arn : undefined,
      identityPolicies,
      boundary,
      sessionPolicies,
      serviceControlPolicies: ofCaller?.serviceControlPolicies,
      // They are about keys and roles, and only these have a policy.
      resourceControlPolicies: resource.policy && ofOwner?.resourceControlPolicies,
      // A service calls from its own network, not through the endpoint of whom it calls for.
      endpointPolicy:
        call.endpoint === undefined || provedCaller.service !== undefined
          ? undefined
          : policyOf(call.endpoint),
      action,
      resource,
      context,
    }
  }
}

function grantConditions({ constraints }: Grant): Conditions {
  const { encryptionContextEquals: equals, encryptionContextSubset: subset } = constraints
  return {
    ...contextConditions(equals ?? subset),
    'kms:GrantConstraintType': constraintTypeOf(constraints),
  }
}

function findGrant(caller: Caller, { key, requirement, input }: KeyUse, grants: GrantLookup) {
  const wanted = requirement.grant?.(input)
  if (wanted === undefined) return undefined
  const { encryptionContext = noContext } = wanted
  return grants.findGrantFor({
    scope: key.key,
    keyId: key.key.keyId,
    principal: caller.identity.principal,
    request: { ...wanted, encryptionContext, sourceArn: caller.service?.sourceArn },
  })
}

function toAccessGrant(grant: Grant | undefined, caller: Caller): AccessRequest['grant'] {
  if (grant === undefined) return undefined
  const match = matchParty(grant.grantee, caller.identity.principal)
  return match === 'no'
    ? undefined
    : { grantId: grant.grantId, issuingAccountId: grant.issuingAccountId, match }
}

/** Decides again where there is a grant; the policies have been asked without one. */
function checkWithGrant(
  use: KeyUse,
  request: AccessRequest,
  withoutGrant: Denial,
  grant: AccessRequest['grant'],
): void {
  const decision = grant === undefined ? withoutGrant : decide({ ...request, grant })
  if (decision.outcome !== 'allow') throw refuse(use, request, decision)
}

/** What is missing on the caller's side of a use of another account's key, whose own side allows it. */
const ofCallersSide: ReadonlySet<PolicyType> = new Set(['identity-based', 'permissions boundary', 'session'])

function refuse(use: KeyUse, request: AccessRequest, decision: Denial) {
  const isForeign = request.resource.accountId !== use.caller.scope.accountId
  if (!isForeign) return denied(request, decision)
  // Whom the key's account lets is told what its own account does not, without the key's name (recorded from AWS).
  return decision.outcome === 'implicitDeny' && ofCallersSide.has(decision.missing)
    ? denied(request, decision, use.namedAs === undefined ? ofCiphertext : 'this resource')
    : denyKey(use, reasonOf(decision, request))
}

/** A denial that does not reveal whether the key exists. */
const denyKey = ({ caller, action, namedAs }: KeyUse, reason: string) =>
  foreignDenied(caller, action, namedAs, reason)
