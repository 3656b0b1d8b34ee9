import type { DecisionContext } from '../budget/decision-context.ts'
import type { Condition } from '../condition/condition.ts'
import { compileAny, compilePattern, type Matcher } from '../pattern/wildcard.ts'
import { type Listed, parsePolicy, type Statement, type StatementResource } from './policy-document.ts'
import { type PolicyKind, type PolicyType, policyGrammars } from './policy-kind.ts'
import { constantPattern, expandPattern, isConstant, plainText } from './policy-variable.ts'
import { compilePrincipals, type PrincipalMatch, type PrincipalMatcher } from './principal-match.ts'

/** A policy that is compiled once and evaluated for many requests. */
export interface CompiledPolicy {
  readonly kind: PolicyKind
  /** The name that reasons show: the policy's own name, or `key policy`. */
  readonly name: string
  readonly statements: readonly CompiledStatement[]
  /** The ARNs of the users, roles and sessions that the policy names in Principal and NotPrincipal. */
  readonly principalArns: readonly string[]
  /** The reason why the stored text cannot be read and these statements replace it; undefined if it can be read. */
  readonly problem?: string | undefined
}

export interface CompiledStatement {
  /** The label that reasons show: the Sid, or the statement's number. */
  readonly label: string
  readonly effect: 'Allow' | 'Deny'
  /** How the statement names the principal; always `directly` if it has no Principal element. */
  readonly matchPrincipal: PrincipalMatcher
  /** Expects the action in lower case: action names are not case-sensitive. */
  readonly matchesAction: Matcher
  readonly matchesResource: ResourceMatcher
  readonly conditions: readonly Condition[]
  /** The statement as the policy has it, for explanations. */
  readonly source: Statement
  /** Built once, because most requests get the same reasons. */
  readonly reasons: Readonly<Record<Exclude<PrincipalMatch, 'no'>, Reason>>
}

export type ResourceMatcher = (arn: string, context: DecisionContext) => boolean

/** The kind of policy behind a reason, or a grant. */
export type ReasonSource = PolicyType | 'grant'

/** A statement or a grant that applied to the request. */
export interface Reason {
  readonly policyType: ReasonSource
  readonly policy: string
  /** The statement of a policy, or the id of a grant. */
  readonly statement: string
  readonly effect: 'Allow' | 'Deny'
  /** Whether it names the principal itself, the role of its session, or only its account. */
  readonly match: Exclude<PrincipalMatch, 'no'>
}

/** Reads a policy document and prepares it for decisions. Throws PolicyProblem. */
export function compilePolicy(text: string, kind: PolicyKind, name: string): CompiledPolicy {
  const { statements } = parsePolicy(text, kind)
  const principals = statements.flatMap(statement => statement.principals?.items ?? [])
  const principalArns = principals.flatMap(principal => (principal.type === 'arn' ? [principal.arn] : []))
  const { policyType } = policyGrammars[kind]
  const compiled = statements.map((statement, index) => {
    const label = statement.sid || `#${index + 1}`
    return compileStatement(statement, kind, {
      policyType,
      policy: name,
      statement: label,
      effect: statement.effect,
    })
  })
  return { kind, name, statements: compiled, principalArns }
}

function compileStatement(
  statement: Statement,
  kind: PolicyKind,
  reason: Omit<Reason, 'match'>,
): CompiledStatement {
  return {
    label: reason.statement,
    effect: statement.effect,
    matchPrincipal: compilePrincipals(statement, kind),
    matchesAction: compileActions(statement.actions),
    matchesResource: compileResources(statement),
    conditions: statement.conditions,
    source: statement,
    reasons: {
      directly: { ...reason, match: 'directly' },
      throughRole: { ...reason, match: 'throughRole' },
      throughAccount: { ...reason, match: 'throughAccount' },
    },
  }
}

function compileActions({ items, isNot }: Listed<string>): Matcher {
  const matches = compileAny(items.map(action => action.toLowerCase()))
  return isNot ? (value, steps) => !matches(value, steps) : matches
}

function compileResources({ resources, effect }: Statement): ResourceMatcher {
  if (resources === undefined) return () => true
  const plain = resources.items.flatMap(({ template }) => plainText(template) ?? [])
  const matchesPlain = compileAny(plain)
  const others = resources.items
    .filter(({ template }) => plainText(template) === undefined)
    .map(compileResource)
  if (resources.isNot) {
    // Without the value of a variable, the excluded resources are unknown. An Allow then does not apply, and a Deny does.
    const whenUnknown = effect === 'Deny'
    return (arn, context) => {
      if (matchesPlain(arn, context)) return false
      const results = others.map(matches => matches(arn, context))
      return !results.includes(true) && (whenUnknown || !results.includes(undefined))
    }
  }
  if (others.length === 0) return matchesPlain
  return (arn, context) =>
    matchesPlain(arn, context) || others.some(matches => matches(arn, context) === true)
}

/** Compiles one resource. The matcher returns undefined if a policy variable has no value. */
function compileResource({
  template,
}: StatementResource): (arn: string, context: DecisionContext) => boolean | undefined {
  if (isConstant(template)) return compilePattern(constantPattern(template))
  return (arn, context) => {
    const matches = context.once(template, () => {
      const pattern = expandPattern(template, context)
      return pattern && compilePattern(pattern)
    })
    return matches?.(arn, context)
  }
}
