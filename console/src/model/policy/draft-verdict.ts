import type { AccessDecision } from '../../wire/keyward-access.ts'

/** The answer to the question whether a draft of a key policy locks its author out. */
export interface DraftVerdict {
  readonly isSafe: boolean
  readonly text: string
}

/**
 * Says what the decisions on kms:PutKeyPolicy under the draft mean for the caller and for the root user of the account. PutKeyPolicy
 * refuses a policy that its caller could not change (AWS KMS API, BypassPolicyLockoutSafetyCheck).
 */
export function draftVerdict(caller: AccessDecision, root: AccessDecision): DraftVerdict {
  const [isCaller, isRoot] = [caller === 'allow', root === 'allow']
  if (isCaller && isRoot) return { isSafe: true, text: 'You will still be able to change this policy.' }
  if (isCaller)
    return {
      isSafe: false,
      text: 'You will still be able to change this policy, but the root user of the account will not. If the principals that the policy names are deleted, nobody can manage the key.',
    }
  const others = isRoot
    ? 'The root user of the account could still change it.'
    : 'The root user of the account could not change it either.'
  return {
    isSafe: false,
    text: `This policy locks you out: you would not be able to change it again, and the server refuses it. ${others}`,
  }
}

/** Whether PutKeyPolicy refused a policy because its author could not change it. AWS has no error code for this alone. */
export const isLockOut = (message: string) =>
  message.includes('will not allow you to update the key policy in the future')
