import type { Principal } from '../domain/index.ts'
import type { CompiledPolicy, CompiledStatement } from './compile.ts'

/** One question to the decision engine. */
export interface AccessRequest {
  readonly principal: Principal
  /** The principal's own policies. The account root needs none: in its account nothing is denied it but by policy. */
  readonly identityPolicies: readonly CompiledPolicy[]
  /** As AWS writes it, such as `kms:Encrypt`. */
  readonly action: string
  readonly resource: AccessedResource
}

export interface AccessedResource {
  /** `*` for operations without a resource. */
  readonly arn: string
  readonly accountId: string
  /** The key's policy; undefined for resources that have none, where identity policies alone decide. */
  readonly policy: CompiledPolicy | undefined
}

export type PolicyType = 'identity-based' | 'resource-based'

export type Decision =
  | { readonly outcome: 'allow'; readonly reasons: readonly Reason[] }
  | { readonly outcome: 'explicitDeny'; readonly deniedBy: PolicyType; readonly reasons: readonly Reason[] }
  /** Nothing allowed it; `missing` is the kind of policy that would have had to. */
  | { readonly outcome: 'implicitDeny'; readonly missing: PolicyType; readonly reasons: readonly Reason[] }

/** A statement that applied to the request. */
export interface Reason {
  readonly policyType: PolicyType
  readonly policy: string
  readonly statement: string
  readonly effect: 'Allow' | 'Deny'
  /** Whether it names the principal itself or only its account. */
  readonly match: 'directly' | 'throughAccount'
}

/**
 * Decides a request as AWS KMS documents it ("Determining access to AWS KMS keys", "Key policies in AWS KMS"):
 *
 * 1. A Deny that applies, anywhere, decides.
 * 2. A key's own account: allowed by a key policy statement that names the principal, or by one that names the account
 *    together with an identity policy. Identity policies alone are nothing to a key.
 * 3. Another account: the key policy must allow the principal or its account, and an identity policy must allow too.
 * 4. No key, no key policy: identity policies decide. The root user may do everything in its own account.
 */
export function decide(request: AccessRequest): Decision {
  const action = request.action.toLowerCase()
  const byKeyPolicy = collectReasons(
    request.resource.policy ? [request.resource.policy] : [],
    'resource-based',
    request,
    action,
  )
  const byIdentity = collectReasons(request.identityPolicies, 'identity-based', request, action)
  const reasons = byKeyPolicy.concat(byIdentity)

  const denial = reasons.find(reason => reason.effect === 'Deny')
  if (denial !== undefined) return { outcome: 'explicitDeny', deniedBy: denial.policyType, reasons }

  const isRoot = request.principal.type === 'Root'
  const identityAllows = isRoot || byIdentity.length > 0
  const missing = missingPolicy(request, byKeyPolicy, identityAllows)
  return missing === undefined ? { outcome: 'allow', reasons } : { outcome: 'implicitDeny', missing, reasons }
}

/** The kind of policy that would still have to allow the request; undefined when none is missing. */
function missingPolicy(
  { principal, resource }: AccessRequest,
  byKeyPolicy: readonly Reason[],
  identityAllows: boolean,
): PolicyType | undefined {
  const isSameAccount = principal.accountId === resource.accountId
  if (resource.policy !== undefined) {
    if (byKeyPolicy.length === 0) return 'resource-based'
    if (isSameAccount && byKeyPolicy.some(reason => reason.match === 'directly')) return undefined
  } else if (!isSameAccount) {
    return 'resource-based'
  }
  return identityAllows ? undefined : 'identity-based'
}

function collectReasons(
  policies: readonly CompiledPolicy[],
  policyType: PolicyType,
  request: AccessRequest,
  action: string,
): Reason[] {
  const reasons: Reason[] = []
  for (const policy of policies) {
    for (const statement of policy.statements) {
      const match = matchStatement(statement, request, action)
      if (match === 'no') continue
      reasons.push({
        policyType,
        policy: policy.name,
        statement: statement.label,
        effect: statement.effect,
        match,
      })
    }
  }
  return reasons
}

function matchStatement(statement: CompiledStatement, request: AccessRequest, action: string) {
  if (!statement.matchesAction(action)) return 'no'
  if (!statement.matchesResource(request.resource.arn)) return 'no'
  return statement.matchPrincipal(request.principal)
}
