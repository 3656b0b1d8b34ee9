import { type Principal, rootArn, ServiceError } from '../../domain/index.ts'
import { type ConditionContext, noConditions } from '../condition/condition-context.ts'
import { decide } from '../decide.ts'
import { type CompiledPolicy, compilePolicy } from './compile.ts'
import { policyGrammars } from './policy-kind.ts'
import { invalidPrincipalsText } from './policy-principal.ts'
import { PolicyProblem } from './policy-problem.ts'

/** The policy of a key that is created without one, with the exact text and white space of AWS's GetKeyPolicy. */
export function defaultKeyPolicy(accountId: string, partition: string): string {
  return `{
  "Version" : "2012-10-17",
  "Id" : "key-default-1",
  "Statement" : [ {
    "Sid" : "Enable IAM User Permissions",
    "Effect" : "Allow",
    "Principal" : {
      "AWS" : "${rootArn(accountId, partition)}"
    },
    "Action" : "kms:*",
    "Resource" : "*"
  } ]
}`
}

/**
 * Reads a key policy from a request. Throws MalformedPolicyDocumentException, or LimitExceededException for a policy that is too
 * long.
 */
export function compileKeyPolicy(text: string): CompiledPolicy {
  const { sizeMax } = policyGrammars.key
  if (text.length > sizeMax) {
    throw new ServiceError('LimitExceededException', `The key policy is longer than ${sizeMax} characters.`)
  }
  try {
    return compilePolicy(text, 'key', 'key policy')
  } catch (error) {
    if (error instanceof PolicyProblem)
      throw new ServiceError('MalformedPolicyDocumentException', error.message)
    throw error
  }
}

/** The error for a key policy that names a principal that does not exist (text from the public emulators). */
export const invalidPrincipals = () =>
  new ServiceError('MalformedPolicyDocumentException', invalidPrincipalsText)

/**
 * The lockout safety check: the caller that sets a key policy must be able to set it again, because the policy names the
 * caller or its account (AWS KMS developer guide, "Creating a key policy"). Throws MalformedPolicyDocumentException.
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
