import type { Decision } from '../decide.ts'
import { nameOfPolicyType } from '../policy/policy-kind.ts'
import type { ExplainedElement, ExplainedPolicy, ExplainedStatement, Explanation } from './explain.ts'

/** The parts of a decision that an explanation leaves open. */
export interface LeftOpen {
  /** The other account that must allow the request, too. */
  readonly otherAccount?: string | undefined
  /** The VPC endpoint whose policy was not read. */
  readonly unreadEndpoint?: string | undefined
  /** Whether the request came through a VPC endpoint that the question does not name. */
  readonly isEndpointUnnamed?: boolean
}

/**
 * Writes an explanation for people: the decision, then each policy with its statements, one line for each element. If
 * something that must allow the request too is left open, the text says so.
 */
export function renderExplanation(
  { decision, policies, grant }: Explanation,
  leftOpen: LeftOpen = {},
): string {
  return [
    ...renderHead(decision, leftOpen),
    ...policies.flatMap(renderPolicy),
    ...(grant === undefined
      ? []
      : [`grant ${grant.grantId} of account ${grant.issuingAccountId} names the caller (${grant.match})`]),
  ].join('\n')
}

/** Writes the decision and all that it leaves open. The name of an endpoint comes from the question, and is shown as a text of it. */
function renderHead(
  decision: Decision,
  { otherAccount, unreadEndpoint, isEndpointUnnamed = false }: LeftOpen,
): string[] {
  const named = `the VPC endpoint ${JSON.stringify(unreadEndpoint)}`
  const side = otherAccount === undefined ? '' : ' on this side'
  const condition = unreadEndpoint === undefined ? '' : `, if the policy of ${named} allows it too`
  const other =
    otherAccount === undefined
      ? ''
      : `; account ${otherAccount} must allow it too. Only that account can ask for an explanation of its side`
  const remarks = [
    otherAccount !== undefined &&
      `Values that only account ${otherAccount} knows count as missing from the request, unless you give them.`,
    unreadEndpoint !== undefined &&
      `The policy of ${named} was not read: the account has no such endpoint of AWS KMS in this Region.`,
    isEndpointUnnamed &&
      'The question names no VPC endpoint, so no endpoint policy takes part. Name the endpoint of the request with aws:SourceVpce.',
  ]
  return [
    decision.outcome === 'allow' ? `Allowed${side}${condition}${other}.` : renderDenial(decision),
    ...remarks.filter(remark => remark !== false),
  ]
}

function renderDenial(decision: Exclude<Decision, { readonly outcome: 'allow' }>): string {
  switch (decision.outcome) {
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
