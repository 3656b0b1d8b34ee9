import type { Decision } from '../decide.ts'
import { nameOfPolicyType } from '../policy/policy-kind.ts'
import type { ExplainedElement, ExplainedPolicy, ExplainedStatement, Explanation } from './explain.ts'

/** The parts of a decision that an explanation leaves open. */
export interface LeftOpen {
  /** The other account that must allow the request, too. */
  readonly otherAccount?: string | undefined
  /** The VPC endpoint whose policy was not read. */
  readonly unreadEndpoint?: string | undefined
}

/**
 * Writes an explanation for people: the decision, then each policy with its statements, one line for each element. If
 * something that must allow the request too is left open, the text says so.
 */
export function renderExplanation(
  { decision, policies, grant }: Explanation,
  { otherAccount, unreadEndpoint }: LeftOpen = {},
): string {
  return [
    ...(otherAccount === undefined ? [renderDecision(decision)] : renderSide(decision, otherAccount)),
    ...(unreadEndpoint === undefined ? [] : [renderUnread(decision, unreadEndpoint)]),
    ...policies.flatMap(renderPolicy),
    ...(grant === undefined
      ? []
      : [`grant ${grant.grantId} of account ${grant.issuingAccountId} names the caller (${grant.match})`]),
  ].join('\n')
}

function renderSide(decision: Decision, otherAccount: string): string[] {
  return [
    decision.outcome === 'allow'
      ? `Allowed on this side; account ${otherAccount} must allow it too. Only that account can ask for an explanation of its side.`
      : renderDecision(decision),
    `Values that only account ${otherAccount} knows count as missing from the request, unless you give them.`,
  ]
}

/** The name of an endpoint comes from the question, and is shown as a text of it. */
function renderUnread({ outcome }: Decision, endpoint: string): string {
  const isOpen = outcome === 'allow' ? ', and must allow it too' : ''
  return `The policy of the VPC endpoint ${JSON.stringify(endpoint)} was not read${isOpen}: the account has no such endpoint in this Region.`
}

function renderDecision(decision: Decision): string {
  switch (decision.outcome) {
    case 'allow':
      return 'Allowed.'
    case 'explicitDeny':
      return `Denied explicitly, by a Deny of the ${nameOfPolicyType(decision.deniedBy)}.`
    case 'implicitDeny':
      return `Denied: no ${nameOfPolicyType(decision.missing)} allows it.`
    case 'undecided':
      return 'Denied: the policies and the request take too many steps to evaluate.'
  }
}

function renderPolicy({ policyType, policy, level, ignoredBecause, statements }: ExplainedPolicy): string[] {
  const where = level === undefined ? '' : `, level ${level}`
  const ignored = ignoredBecause === undefined ? '' : `: does not count, ${ignoredBecause}`
  const title = `${nameOfPolicyType(policyType)} ${policy}${where}${ignored}`
  return [title, ...statements.flatMap(renderStatement)]
}

function renderStatement({ statement, effect, applies, match, elements }: ExplainedStatement): string[] {
  const title = `  ${effect} ${statement}: ${applies ? `applies (${match})` : 'does not apply'}`
  return [title, ...elements.map(element => `    ${renderElement(element)}`)]
}

function renderElement({ element, matches, wanted, found, variables }: ExplainedElement): string {
  const list = (values: readonly string[], none: string) =>
    values.length === 0 ? none : values.map(value => JSON.stringify(value)).join(', ')
  const known = Object.entries(variables).map(([key, values]) => `; ${key} is ${list(values, 'not known')}`)
  return `${matches ? '+' : '-'} ${element} ${list(wanted, 'nothing')}: the request has ${list(found, 'none')}${known.join('')}`
}
