import { type Principal, ServiceError } from '../../domain/index.ts'
import { type ConditionContext, noConditions } from '../condition/condition-context.ts'
import { decide } from '../decide.ts'
import { type CompiledPolicy, compilePolicy } from './compile.ts'

/**
 * The lockout safety check: the key policy must allow its caller to set it again, by itself or through the caller's account (AWS KMS
 * developer guide, "Creating a key policy"). The check takes identity policies as allowing everything, and leaves out grants,
 * boundaries, session policies and the policies of organizations. Throws MalformedPolicyDocumentException.
 */
export function checkNoLockout(
  policy: CompiledPolicy,
  keyArn: string,
  accountId: string,
  principal: Principal,
  context: ConditionContext = noConditions,
): void {
  const decision = decide({
    principal,
    identityPolicies: [everythingAllowed],
    action: 'kms:PutKeyPolicy',
    resource: { arn: keyArn, accountId, policy },
    context,
  })
  if (decision.outcome !== 'allow') {
    throw new ServiceError(
      'MalformedPolicyDocumentException',
      'The new key policy will not allow you to update the key policy in the future.',
    )
  }
}

/** The check is about the key policy alone: the account's own policies can change without a change of the key policy. */
const everythingAllowed: CompiledPolicy = compilePolicy(
  '{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"*","Resource":"*"}}',
  'identity',
  'everything',
)
