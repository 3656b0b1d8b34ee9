import type { Principal } from '../domain/index.ts'
import type { ConditionContext } from './condition/condition-context.ts'
import type { CompiledPolicy, CompiledStatement, Reason, ReasonSource } from './policy/compile.ts'
import type { PolicyType } from './policy/policy-kind.ts'
import type { PrincipalMatch } from './policy/principal-match.ts'

/** One question to the decision engine. */
export interface AccessRequest {
  readonly principal: Principal
  /** The principal's own policies. The account root needs none: in its account nothing is denied it but by policy. */
  readonly identityPolicies: readonly CompiledPolicy[]
  readonly boundary?: CompiledPolicy | undefined
  /** Undefined where the session was given none, so that none limit it. */
  readonly sessionPolicies?: readonly CompiledPolicy[] | undefined
  /** Of the principal's account, one list per level (root, organizational units, account): each level must allow. */
  readonly serviceControlPolicies?: readonly (readonly CompiledPolicy[])[] | undefined
  /** Of the resource's account, one list per level. They can only deny. */
  readonly resourceControlPolicies?: readonly (readonly CompiledPolicy[])[] | undefined
  /** Of the VPC endpoint that the request came through. */
  readonly endpointPolicy?: CompiledPolicy | undefined
  /** As AWS writes it, such as `kms:Encrypt`. */
  readonly action: string
  readonly resource: AccessedResource
  /** A grant on the resource that names the principal and allows the action under its constraints. */
  readonly grant?: AccessGrant | undefined
  /** What conditions and policy variables are about. */
  readonly context: ConditionContext
  /**
   * The identity provider that alone vouches for the caller, as in AssumeRoleWithWebIdentity: it is asked for instead of the
   * principal, which has no identity here.
   */
  readonly federatedProvider?: string | undefined
}

export interface AccessGrant {
  readonly grantId: string
  /** The account of who made it. */
  readonly issuingAccountId: string
  /** Whether it names the principal itself, its session's role, or only its account, whose policies must then allow too. */
  readonly match: Exclude<PrincipalMatch, 'no'>
}

export interface AccessedResource {
  /** `*` for operations without a resource. */
  readonly arn: string
  readonly accountId: string
  /** The policy of the key or the role; undefined for resources that have none, where identity policies alone decide. */
  readonly policy: CompiledPolicy | undefined
  readonly isAwsManagedKey?: boolean | undefined
}

export type Decision =
  | { readonly outcome: 'allow'; readonly reasons: readonly Reason[] }
  | { readonly outcome: 'explicitDeny'; readonly deniedBy: PolicyType; readonly reasons: readonly Reason[] }
  /** Nothing allowed it; `missing` is the kind of policy that would have had to. */
  | { readonly outcome: 'implicitDeny'; readonly missing: PolicyType; readonly reasons: readonly Reason[] }

/**
 * Decides a request as AWS documents it (IAM user guide, "Policy evaluation logic"; AWS KMS developer guide, "Determining
 * access to AWS KMS keys"):
 *
 * 1. A Deny that applies, anywhere, decides.
 * 2. Each level of service control policies must allow, and so must the policy of the endpoint.
 * 3. A key's own account: allowed by a key policy statement that names the principal, or by one that names the account
 *    together with an identity policy. Identity policies alone are nothing to a key. Role trust policies count alike.
 * 4. Another account: the key policy must allow the principal or its account, and an identity policy must allow too.
 * 5. No key, no key policy: identity policies decide. The root user may do everything in its own account.
 * 6. Permissions boundary and session policies must allow what identity policies do, and what a key policy allows to the
 *    role of a session; not what it allows to the user or the session itself, or to everyone.
 * 7. A grant allows what it names to whom it names, whatever the key policy does not say. One that the grantee's own account
 *    made stands alone; where another account made it, such as the key's, an identity policy must allow too. Permissions
 *    boundary and session policies limit it except where a grant of the own account names the caller itself. (Recorded from
 *    AWS, for the use and for the retirement of grants.)
 * 8. Services, and who comes from an identity provider, have no account here: the resource's policy decides alone.
 */
export function decide(request: AccessRequest): Decision {
  const action = request.action.toLowerCase()
  const reasons: Reason[] = []
  // In the order in which AWS names them where several deny.
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

  const missing =
    (byServiceControl & levelMissing) !== 0
      ? 'service control'
      : request.endpointPolicy !== undefined && (byEndpoint & allowed) === 0
        ? 'VPC endpoint'
        : undefined
  if (missing !== undefined) return { outcome: 'implicitDeny', missing, reasons }
  return decideAllowed(request, { byResource, byIdentity, byBoundary, bySession }, reasons)
}

/** What the policies of one kind say, as bits. */
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
  // Without a resource-based policy the account itself is who lets its identity policies decide.
  const { policy } = request.resource
  const byResource = policy !== undefined ? found.byResource : isSameAccount ? allowedThroughAccount : nothing
  const missing = missingPolicy(request, byResource, isSameAccount, found)
  if (missing === undefined) return { outcome: 'allow', reasons }
  const { grant } = request
  if (grant === undefined) return { outcome: 'implicitDeny', missing, reasons }
  const missingOfGrant = missingOfGrantee(request, grant, found)
  if (missingOfGrant !== undefined) return { outcome: 'implicitDeny', missing: missingOfGrant, reasons }
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
  // Without a resource's policy there is nothing that could name who has no account.
  if (hasNoAccount(request)) return request.resource.policy === undefined ? 'identity-based' : undefined
  if (isSameAccount && (byResource & allowedDirectly) !== 0) return undefined
  const isOfRole = isSameAccount && (byResource & allowedThroughRole) !== 0
  return (isOfRole ? undefined : missingIdentity(request, found)) ?? missingLimit(request, found)
}

/** As `missingPolicy`, where a grant takes the place of the key policy: rule 7 of `decide`. */
function missingOfGrantee(
  request: AccessRequest,
  { match, issuingAccountId }: AccessGrant,
  found: FoundByKind,
): PolicyType | undefined {
  if (hasNoAccount(request)) return undefined
  const isOfOwnAccount = issuingAccountId === request.principal.accountId
  if (isOfOwnAccount && match === 'directly') return undefined
  const limit = missingLimit(request, found)
  if (isOfOwnAccount && match === 'throughRole') return limit
  const identity = missingIdentity(request, found)
  // Where both are missing, AWS names the limit of a role first.
  return match === 'throughRole' ? (limit ?? identity) : (identity ?? limit)
}

/** The root user may do everything that its account may. */
function missingIdentity({ principal }: AccessRequest, { byIdentity }: FoundByKind): PolicyType | undefined {
  return principal.type === 'Root' || (byIdentity & allowed) !== 0 ? undefined : 'identity-based'
}

/** Permissions boundary and session policies give nothing, but what they do not allow is not given. */
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

/** Who is known by no account's policies: a service acting for itself, and who only has an identity provider's word. */
export function hasNoAccount({ principal, federatedProvider }: AccessRequest): boolean {
  return principal.type === 'AWSService' || federatedProvider !== undefined
}

/** A federated user that was given no session policies may do nothing of itself (AWS STS API reference, "GetFederationToken"). */
export function sessionPoliciesOf({
  principal,
  sessionPolicies,
}: AccessRequest): readonly CompiledPolicy[] | undefined {
  return sessionPolicies === undefined && principal.type === 'FederatedUser' ? noPolicies : sessionPolicies
}

const noPolicies: readonly CompiledPolicy[] = []

/** SCPs are for users and roles, the root user included, but not service-linked roles (AWS Organizations user guide, "SCPs"). */
export function serviceControlOf(request: AccessRequest): AccessRequest['serviceControlPolicies'] {
  const isExempt = hasNoAccount(request) || isServiceLinkedRole(request.principal)
  return isExempt ? undefined : request.serviceControlPolicies
}

/** AWS Organizations user guide, "RCPs", "Resources and entities not restricted by RCPs". */
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

/** The bits of all levels, and whether one of them allows nothing. */
function collectLevels(
  levels: readonly (readonly CompiledPolicy[])[] | undefined,
  policyType: PolicyType,
  request: AccessRequest,
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
  request: AccessRequest,
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
  request: AccessRequest,
  action: string,
  reasons: Reason[],
): Found {
  if (policy === undefined) return nothing
  let found = nothing
  for (const statement of policy.statements) {
    const match = matchStatement(statement, request, action)
    if (match === 'no') continue
    const reason = statement.reasons[match]
    // A policy may be used as another kind than it was compiled for, as a managed policy is as a boundary.
    reasons.push(reason.policyType === policyType ? reason : { ...reason, policyType })
    found |= statement.effect === 'Deny' ? denied : bitOf[match]
  }
  return found
}

function matchStatement(
  statement: CompiledStatement,
  request: AccessRequest,
  action: string,
): PrincipalMatch {
  if (!statement.matchesAction(action)) return 'no'
  if (!statement.matchesResource(request.resource.arn, request.context)) return 'no'
  const match = statement.matchPrincipal(request.principal, request.federatedProvider)
  if (match === 'no') return 'no'
  for (const condition of statement.conditions) {
    if (!condition.isMet(request.context)) return 'no'
  }
  return match
}
