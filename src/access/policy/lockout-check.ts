import { ServiceError } from '../../domain/index.ts'
import { type AccessRequest, type Decision, decide } from '../decide.ts'
import { nameOfPolicyType } from './policy-kind.ts'

/**
 * The lockout safety check: the caller must be able to set the key policy again (API reference, "PutKeyPolicy", "Policy"). The
 * request is the caller's own for `kms:PutKeyPolicy` on the key with its new policy, so that all the caller's rights count:
 * where the key policy delegates to the account, a caller whose own policies do not allow the action is refused (recorded from
 * AWS). Throws MalformedPolicyDocumentException.
 */
export function checkNoLockout(request: AccessRequest): void {
  const decision = decide(request)
  if (decision.outcome === 'allow') return
  throw new ServiceError(
    'MalformedPolicyDocumentException',
    'The new key policy will not allow you to update the key policy in the future.',
    { reason: reasonOf(decision, request) },
  )
}

function reasonOf(decision: Exclude<Decision, { outcome: 'allow' }>, { principal }: AccessRequest): string {
  if (decision.outcome === 'undecided')
    return `the policies take too many steps to evaluate for ${principal.arn}`
  return decision.outcome === 'explicitDeny'
    ? `a Deny of the ${nameOfPolicyType(decision.deniedBy)} would apply to ${principal.arn}`
    : `no ${nameOfPolicyType(decision.missing)} would allow it to ${principal.arn}`
}
