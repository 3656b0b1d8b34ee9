import {
  type AccessRequest,
  type CompiledPolicy,
  compilePolicy,
  type Decision,
  decide,
} from '../access/index.ts'
import { ciphertextRefersToNoUsableKey, type Identity, ServiceError } from '../domain/index.ts'
import type { Caller } from './call.ts'
import type { ResourceRequirement } from './operation.ts'
import { foreignDenied, type KeyUse } from './resolve.ts'

// Identities are made once per cache entry and never change, so their compiled policies live and go with them.
const compiledPolicies = new WeakMap<Identity, readonly CompiledPolicy[]>()

function identityPoliciesOf(identity: Identity): readonly CompiledPolicy[] {
  const known = compiledPolicies.get(identity)
  if (known !== undefined) return known
  const compiled = identity.policies.map(({ name, document }) => compilePolicy(document, 'identity', name))
  compiledPolicies.set(identity, compiled)
  return compiled
}

/** Throws AccessDeniedException where the caller may not do with the key what it wants to. */
export function authorizeKey(caller: Caller, use: KeyUse): void {
  const { key, arn, policy } = use.key
  const isForeign = key.accountId !== caller.scope.accountId
  if (isForeign && use.requirement.crossAccount !== true) {
    throw denyKey(use, 'the operation cannot be performed on keys of other accounts')
  }
  const request: AccessRequest = {
    principal: caller.identity.principal,
    identityPolicies: identityPoliciesOf(caller.identity),
    action: use.action,
    resource: { arn, accountId: key.accountId, policy },
  }
  const decision = decide(request)
  if (decision.outcome === 'allow') return
  if (isForeign || use.namedAs === undefined) throw denyKey(use, explain(decision))
  throw denied(request, decision)
}

/** Throws AccessDeniedException where the caller's identity policies do not allow an action on a resource of their own account. */
export function authorizeResource(caller: Caller, action: string, resource: ResourceRequirement): void {
  const request: AccessRequest = {
    principal: caller.identity.principal,
    identityPolicies: identityPoliciesOf(caller.identity),
    action,
    resource: { arn: resource.arn, accountId: caller.scope.accountId, policy: undefined },
  }
  const decision = decide(request)
  if (decision.outcome !== 'allow') throw denied(request, decision)
}

/** A denial that does not reveal whether the key exists. */
function denyKey({ caller, action, namedAs }: KeyUse, reason: string): ServiceError {
  return namedAs === undefined
    ? ciphertextRefersToNoUsableKey(reason)
    : foreignDenied(caller.identity.principal.arn, action, namedAs, reason)
}

/** AWS's text (IAM user guide, "Troubleshoot access denied error messages"). */
function denied(
  { principal, action, resource }: AccessRequest,
  decision: Exclude<Decision, { outcome: 'allow' }>,
): ServiceError {
  const because =
    decision.outcome === 'explicitDeny'
      ? `with an explicit deny in ${decision.deniedBy === 'identity-based' ? 'an' : 'a'} ${decision.deniedBy} policy`
      : `because no ${decision.missing} policy allows the ${action} action`
  return new ServiceError(
    'AccessDeniedException',
    `User: ${principal.arn} is not authorized to perform: ${action} on resource: ${resource.arn} ${because}`,
    { reason: explain(decision) },
  )
}

/** The decision for those who may know: the outcome and each statement that applied. */
function explain(decision: Decision): string {
  const statements = decision.reasons.map(
    ({ effect, policy, statement, match }) => `${effect} by ${statement} of ${policy} (${match})`,
  )
  return `${decision.outcome}: ${statements.join(', ') || 'no statement applies'}`
}
