import type { Principal } from '../domain/index.ts'
import type { AccessedResource, AccessGrant, AccessRequest, Decision } from './access-request.ts'
import { DecisionContext } from './budget/decision-context.ts'
import { StepBudget, TooManySteps } from './budget/step-budget.ts'
import type { CompiledPolicy, CompiledStatement, Reason, ReasonSource } from './policy/compile.ts'
import type { PolicyType } from './policy/policy-kind.ts'
import type { PrincipalMatch } from './policy/principal-match.ts'
import { statementsFor } from './policy/statements-for.ts'

export type { AccessedResource, AccessGrant, AccessRequest, Decision }

/** A request in the course of its decision. */
type Decided = Omit<AccessRequest, 'context'> & { readonly context: DecisionContext }

/**
 * Decides a request as AWS documents it (IAM user guide, "Policy evaluation logic"; AWS KMS developer guide, "Determining
 * access to AWS KMS keys"):
 *
 * 1. A Deny that applies decides, whichever policy has it.
 * 2. Each level of service control policies must allow.
 * 3. In the key's own account, the key policy must name the principal, or it must name the account and an identity policy must
 *    allow too. Identity policies alone do not count for a key. Trust policies of roles work in the same way.
 * 4. From another account, the key policy must allow the principal or its account, and an identity policy must allow too.
 * 5. Without a key there is no key policy, and identity policies decide. The root user may do everything in its own account.
 * 6. Permissions boundary and session policies limit what identity policies allow, and what a key policy allows to the role of
 *    a session. They do not limit what a key policy allows to the user or the session itself, or to everyone.
 * 7. A grant allows its operations to its grantee, even if the key policy does not. A grant made by the grantee's own account
 *    needs no other permission. If another account made it, such as the key's, an identity policy must allow too. Permissions
 *    boundary and session policies limit a grant, unless the own account made it and it names the caller itself. (Recorded
 *    from AWS, for the use and for the retirement of grants.)
 * 8. A service, or a caller that only an identity provider vouches for, has no account here: the resource's policy decides
 *    alone.
 * 9. The policy of the VPC endpoint must allow too. It is named only if all other policies allow the request: then the record of the
 *    denial is a network activity event (AWS KMS developer guide, "Logging AWS KMS requests that use a VPC endpoint").
 * 10. A decision that would take more steps than the call may take is not made, and nothing is allowed (`stepsMax`).
 */
export function decide(request: AccessRequest): Decision {
  const { budget = new StepBudget() } = request
  try {
    return evaluate({ ...request, context: new DecisionContext(request.context, budget) })
  } catch (error) {
    if (error instanceof TooManySteps) return { outcome: 'undecided', reasons: [] }
    throw error
  }
}

function evaluate(request: Decided): Decision {
  const action = request.action.toLowerCase()
  const reasons: Reason[] = []
  // This is the order in which AWS names the policies if several deny.
  const byResourceControl = collectLevels(
    resourceControlOf(request),
    'resource control',
    request,
    action,
    reasons,
  )
  const byServiceControl = collectLevels(
    serviceControlOf(request),
    'service control',
    request,
    action,
    reasons,
  )
  const byEndpoint = collect(request.endpointPolicy, 'VPC endpoint', request, action, reasons)
  const byResource = collect(request.resource.policy, 'resource-based', request, action, reasons)
  const isOutside = hasNoAccount(request)
  const byIdentity = isOutside
    ? nothing
    : collectAll(request.identityPolicies, 'identity-based', request, action, reasons)
  const byBoundary = isOutside
    ? nothing
    : collect(request.boundary, 'permissions boundary', request, action, reasons)
  const bySession = isOutside
    ? nothing
    : collectAll(sessionPoliciesOf(request), 'session', request, action, reasons)
  const all =
    byResourceControl | byServiceControl | byEndpoint | byResource | byIdentity | byBoundary | bySession
  if ((all & denied) !== 0) return { outcome: 'explicitDeny', deniedBy: denierOf(reasons), reasons }

  if ((byServiceControl & levelMissing) !== 0)
    return { outcome: 'implicitDeny', missing: 'service control', reasons }
  const decision = decideAllowed(request, { byResource, byIdentity, byBoundary, bySession }, reasons)
  const isLimited = request.endpointPolicy !== undefined && (byEndpoint & allowed) === 0
  return isLimited && decision.outcome === 'allow'
    ? { outcome: 'implicitDeny', missing: 'VPC endpoint', reasons: decision.reasons }
    : decision
}

/** The result of the policies of one kind, as bits. */
type Found = number
const nothing = 0
const denied = 1
const allowedDirectly = 2
const allowedThroughRole = 4
const allowedThroughAccount = 8
const allowed = allowedDirectly | allowedThroughRole | allowedThroughAccount
const levelMissing = 16

const bitOf = {
  directly: allowedDirectly,
  throughRole: allowedThroughRole,
  throughAccount: allowedThroughAccount,
} as const

interface FoundByKind {
  readonly byResource: Found
  readonly byIdentity: Found
  readonly byBoundary: Found
  readonly bySession: Found
}

function decideAllowed(request: AccessRequest, found: FoundByKind, reasons: Reason[]): Decision {
  const isSameAccount = request.principal.accountId === request.resource.accountId
  // Without a resource-based policy, the account itself allows its identity policies to decide.
  const { policy } = request.resource
  const byResource = policy !== undefined ? found.byResource : isSameAccount ? allowedThroughAccount : nothing
  const missing = missingPolicy(request, byResource, isSameAccount, found)
  if (missing === undefined) return { outcome: 'allow', reasons }
  const { grant } = request
  if (grant === undefined) return { outcome: 'implicitDeny', missing, reasons }
  const missingBesideGrant = missingPolicyBesideGrant(request, grant, found)
  if (missingBesideGrant !== undefined)
    return { outcome: 'implicitDeny', missing: missingBesideGrant, reasons }
  return { outcome: 'allow', reasons: [...reasons, reasonOf(grant)] }
}

/** The kind of policy that would still have to allow the request; undefined when none is missing. */
function missingPolicy(
  request: AccessRequest,
  byResource: Found,
  isSameAccount: boolean,
  found: FoundByKind,
): PolicyType | undefined {
  if ((byResource & allowed) === 0) return 'resource-based'
  // Without a resource-based policy, nothing can name a caller that has no account.
  if (hasNoAccount(request)) return request.resource.policy === undefined ? 'identity-based' : undefined
  if (isSameAccount && (byResource & allowedDirectly) !== 0) return undefined
  const isOfRole = isSameAccount && (byResource & allowedThroughRole) !== 0
  return (isOfRole ? undefined : missingIdentity(request, found)) ?? missingLimit(request, found)
}

/** As `missingPolicy`, but with a grant in place of the key policy: rule 7 of `decide`. */
function missingPolicyBesideGrant(
  request: AccessRequest,
  { match, issuingAccountId }: AccessGrant,
  found: FoundByKind,
): PolicyType | undefined {
  if (hasNoAccount(request)) return undefined
  const isByOwnAccount = issuingAccountId === request.principal.accountId
  if (isByOwnAccount && match === 'directly') return undefined
  const limit = missingLimit(request, found)
  if (isByOwnAccount && match === 'throughRole') return limit
  const identity = missingIdentity(request, found)
  // If both are missing, AWS names the limit first when the grant names the role.
  return match === 'throughRole' ? (limit ?? identity) : (identity ?? limit)
}

/** The root user may do everything that its account may. */
function missingIdentity({ principal }: AccessRequest, { byIdentity }: FoundByKind): PolicyType | undefined {
  return principal.type === 'Root' || (byIdentity & allowed) !== 0 ? undefined : 'identity-based'
}

/** The limit that does not allow the request. Permissions boundary and session policies allow nothing by themselves. */
function missingLimit(
  request: AccessRequest,
  { byBoundary, bySession }: FoundByKind,
): PolicyType | undefined {
  if (request.boundary !== undefined && (byBoundary & allowed) === 0) return 'permissions boundary'
  if (sessionPoliciesOf(request) !== undefined && (bySession & allowed) === 0) return 'session'
  return undefined
}

function reasonOf({ grantId: statement, match }: AccessGrant): Reason {
  return { policyType: 'grant', policy: 'grant', statement, effect: 'Allow', match }
}

function denierOf(reasons: readonly Reason[]): PolicyType {
  const denial = reasons.find(reason => reason.effect === 'Deny')
  return (denial?.policyType ?? 'identity-based') as Exclude<ReasonSource, 'grant'>
}

/** Whether the caller has no account here: a service that acts for itself, or a user of an identity provider. */
export function hasNoAccount({
  principal,
  federatedProvider,
}: Pick<AccessRequest, 'principal' | 'federatedProvider'>): boolean {
  return principal.type === 'AWSService' || federatedProvider !== undefined
}

/** A federated user without session policies may do nothing by itself (AWS STS API reference, "GetFederationToken"). */
export function sessionPoliciesOf({
  principal,
  sessionPolicies,
}: AccessRequest): readonly CompiledPolicy[] | undefined {
  return sessionPolicies === undefined && principal.type === 'FederatedUser' ? noPolicies : sessionPolicies
}

const noPolicies: readonly CompiledPolicy[] = []

/** SCPs limit users and roles, including the root user, but not service-linked roles (AWS Organizations user guide, "SCPs"). */
export function serviceControlOf(request: AccessRequest): AccessRequest['serviceControlPolicies'] {
  const isExempt = hasNoAccount(request) || isServiceLinkedRole(request.principal)
  return isExempt ? undefined : request.serviceControlPolicies
}

/** The RCPs that limit it (AWS Organizations user guide, "RCPs", "Resources and entities not restricted by RCPs"). */
export function resourceControlOf(request: AccessRequest): AccessRequest['resourceControlPolicies'] {
  const isExempt =
    request.resource.isAwsManagedKey === true ||
    /^kms:RetireGrant$/i.test(request.action) ||
    isServiceLinkedRole(request.principal)
  return isExempt ? undefined : request.resourceControlPolicies
}

function isServiceLinkedRole(principal: Principal): boolean {
  return principal.type === 'AssumedRole' && /^[^/]*:role\/aws-service-role\//.test(principal.roleArn)
}

/** The bits of all levels, with `levelMissing` if a level allows nothing. */
function collectLevels(
  levels: readonly (readonly CompiledPolicy[])[] | undefined,
  policyType: PolicyType,
  request: Decided,
  action: string,
  reasons: Reason[],
): Found {
  if (levels === undefined) return nothing
  let found = nothing
  for (const level of levels) {
    const ofLevel = collectAll(level, policyType, request, action, reasons)
    found |= (ofLevel & allowed) === 0 ? ofLevel | levelMissing : ofLevel
  }
  return found
}

function collectAll(
  policies: readonly CompiledPolicy[] | undefined,
  policyType: PolicyType,
  request: Decided,
  action: string,
  reasons: Reason[],
): Found {
  if (policies === undefined) return nothing
  let found = nothing
  for (const policy of policies) found |= collect(policy, policyType, request, action, reasons)
  return found
}

function collect(
  policy: CompiledPolicy | undefined,
  policyType: PolicyType,
  request: Decided,
  action: string,
  reasons: Reason[],
): Found {
  if (policy === undefined) return nothing
  let found = nothing
  for (const statement of statementsFor(policy, action, request.context)) {
    const match =
      request.matchStatement === undefined
        ? matchStatement(statement, request)
        : request.matchStatement(statement, request.context)
    if (match === 'no') continue
    const reason = statement.reasons[match]
    // A policy may count as a different kind than it was compiled for, such as a managed policy that is a boundary.
    reasons.push(reason.policyType === policyType ? reason : { ...reason, policyType })
    found |= statement.effect === 'Deny' ? denied : bitOf[match]
  }
  return found
}

/** How a statement whose action fits matches a request. */
function matchStatement(statement: CompiledStatement, request: Decided): PrincipalMatch {
  if (!statement.matchesResource(request.resource.arn, request.context)) return 'no'
  const match = statement.matchPrincipal(request)
  if (match === 'no') return 'no'
  for (const condition of statement.conditions) {
    if (!condition.isMet(request.context)) return 'no'
  }
  return match
}
