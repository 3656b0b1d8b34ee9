import type { ExplainAccessOutput, ExplainedPolicy, ExplainedStatement } from '../../wire/keyward-access.ts'

/** A statement and the policy in which it stands. */
export interface PlacedStatement {
  readonly policy: ExplainedPolicy
  readonly statement: ExplainedStatement
}

/** The statements of an answer that matter most. */
export interface Reasons {
  readonly title: string
  readonly statements: readonly PlacedStatement[]
}

/** The decision in one sentence, as the server writes it. */
export const decisionSentence = ({ Text }: ExplainAccessOutput) => Text.split('\n', 1)[0] ?? ''

export const isAllowed = ({ Decision }: ExplainAccessOutput) =>
  Decision === 'allow' || Decision === 'otherAccountDecides'

/**
 * The statements that made a decision: each Deny that applies, or each Allow. If nothing allows a request, they are the ones that allow
 * its action, and so show what is missing.
 */
export function reasonsOf(answer: ExplainAccessOutput): Reasons {
  const all = answer.Policies.filter(({ IgnoredBecause }) => IgnoredBecause === undefined).flatMap(policy =>
    policy.Statements.map((statement): PlacedStatement => ({ policy, statement })),
  )
  const applying = (effect: string) =>
    all.filter(({ statement }) => statement.Effect === effect && statement.Applies)
  if (answer.Decision === 'explicitDeny')
    return {
      title: 'Denied by',
      statements: applying('Deny').filter(({ policy }) => policy.PolicyType === answer.DecidedBy),
    }
  if (isAllowed(answer)) return { title: 'Allowed by', statements: applying('Allow') }
  return {
    title: 'Allows the action, but not this request',
    statements: all.filter(({ statement: { Effect, Applies, Elements } }) => {
      return Effect === 'Allow' && !Applies && Elements.some(isActionThatMatches)
    }),
  }
}

const isActionThatMatches = ({ Element, Matches }: ExplainedStatement['Elements'][number]) =>
  /^(?:Not)?Action$/.test(Element) && Matches

const places: Readonly<Record<string, string>> = {
  'resource-based': 'Key policy',
  'identity-based': 'Identity policy',
  'permissions boundary': 'Permissions boundary',
  session: 'Session policy',
  'service control': 'Service control policy',
  'resource control': 'Resource control policy',
  'VPC endpoint': 'Endpoint policy',
}

/** Where a policy stands, such as `Identity policy access`. A key has one policy, so it needs no name. */
export function policyPlace({ PolicyType, Policy, Level }: ExplainedPolicy): string {
  const place = places[PolicyType] ?? PolicyType
  const named = PolicyType === 'resource-based' ? place : `${place} ${Policy}`
  return Level === undefined ? named : `${named}, level ${Level}`
}

/** The title of a statement: `#2` is the second of its policy, which has no Sid. */
export const statementTitle = ({ Effect, Statement }: ExplainedStatement) =>
  Statement.startsWith('#') ? `${Effect}: statement ${Statement.slice(1)}` : `${Effect}: ${Statement}`

const matches: Readonly<Record<string, string>> = {
  throughRole: 'It names the role of the session.',
  throughAccount: 'It names the account, which leaves the decision to identity policies.',
}

/** How a statement names the principal, where that is not plain. */
export const matchText = ({ Match, Applies }: ExplainedStatement) => (Applies ? matches[Match] : undefined)

/** A statement as JSON, from the elements that the server read. */
export function statementJson({ Statement, Effect, Elements }: ExplainedStatement): string {
  const one = (values: readonly string[]) => (values.length === 1 ? values[0] : values)
  const conditions: Record<string, Record<string, unknown>> = {}
  const members: [string, unknown][] = []
  for (const { Element, Wanted } of Elements) {
    const [, operator, key] = /^Condition (\S+) (.+)$/s.exec(Element) ?? []
    if (operator === undefined || key === undefined) members.push([Element, one(Wanted)])
    else conditions[operator] = { ...conditions[operator], [key]: one(Wanted) }
  }
  return JSON.stringify({
    ...(!Statement.startsWith('#') && { Sid: Statement }),
    Effect,
    ...Object.fromEntries(members),
    ...(Object.keys(conditions).length > 0 && { Condition: conditions }),
  })
}
