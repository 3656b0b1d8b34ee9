import type { ExplainAccessOutput, ExplainedStatement } from '../../wire/keyward-access.ts'

/** The answer to the question whether a draft of a key policy locks its author out. */
export interface DraftVerdict {
  readonly isSafe: boolean
  readonly text: string
}

/**
 * Says what the decisions on kms:PutKeyPolicy under the draft mean for the caller and for the root user of the account. PutKeyPolicy
 * refuses a policy that its caller could not change (AWS KMS API, BypassPolicyLockoutSafetyCheck).
 */
export function draftVerdict(caller: ExplainAccessOutput, root: ExplainAccessOutput): DraftVerdict {
  const { isSafe, text } = plainVerdict(caller.Decision === 'allow', root.Decision === 'allow')
  const keys = [...new Set([...unknownKeys(caller), ...unknownKeys(root)])]
  if (keys.length === 0) return { isSafe, text }
  const asked = `Conditions ask for ${keys.join(', ')}, which only a request has: with it, the answer can be a different one.`
  return { isSafe: false, text: `${text} ${asked}` }
}

function plainVerdict(isCaller: boolean, isRoot: boolean): DraftVerdict {
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

/** The condition keys without a value in the question that could turn the decision. */
function unknownKeys({ Decision, Policies }: ExplainAccessOutput): string[] {
  // An Allow more or less changes nothing where a Deny decides, or where another Allow is enough.
  const turning = Decision === 'implicitDeny' ? 'Allow' : 'Deny'
  return Policies.filter(({ IgnoredBecause }) => IgnoredBecause === undefined)
    .flatMap(({ Statements }) => Statements)
    .filter(({ Effect }) => Effect === turning)
    .flatMap(openKeys)
}

/** The condition keys on which it depends whether a statement applies; none if something else keeps it from applying. */
function openKeys({ Elements }: ExplainedStatement): string[] {
  const keyOf = ({ Element, Found }: (typeof Elements)[number]) =>
    Found.length === 0 ? /^Condition \S+ (.+)$/s.exec(Element)?.[1] : undefined
  if (Elements.some(element => !element.Matches && keyOf(element) === undefined)) return []
  return Elements.flatMap(element => keyOf(element) ?? [])
}

/** Whether PutKeyPolicy refused a policy because its author could not change it. AWS has no error code for this alone. */
export const isLockOut = (message: string) =>
  message.includes('will not allow you to update the key policy in the future')
