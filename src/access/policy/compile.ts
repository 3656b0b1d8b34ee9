import type { Condition } from '../condition/condition.ts'
import type { ConditionContext } from '../condition/condition-context.ts'
import { compilePattern, compileWildcard, type Matcher, matchPattern } from '../pattern/wildcard.ts'
import { type Listed, parsePolicy, type Statement, type StatementResource } from './policy-document.ts'
import { type PolicyKind, type PolicyType, policyGrammars } from './policy-kind.ts'
import { constantPattern, expandPattern, isConstant } from './policy-variable.ts'
import { compilePrincipals, type PrincipalMatch, type PrincipalMatcher } from './principal-match.ts'

/** A policy ready to be asked many times. */
export interface CompiledPolicy {
  readonly kind: PolicyKind
  /** For reasons: the policy's name, or `key policy`. */
  readonly name: string
  readonly statements: readonly CompiledStatement[]
  /** The ARNs of the users, roles and sessions that the policy names as principals, or as ones that it leaves out. */
  readonly principalArns: readonly string[]
  /** Why the stored text cannot be read, for which these statements stand; undefined where it is read. */
  readonly problem?: string | undefined
}

export interface CompiledStatement {
  /** For reasons: the Sid, or the statement's number. */
  readonly label: string
  readonly effect: 'Allow' | 'Deny'
  /** How the statement names the principal; in policies of identities always `directly`. */
  readonly matchPrincipal: PrincipalMatcher
  /** Takes the action in lower case: action names are not case-sensitive. */
  readonly matchesAction: Matcher
  readonly matchesResource: ResourceMatcher
  readonly conditions: readonly Condition[]
  /** What it says, for explanations. */
  readonly source: Statement
  /** Made once, since most requests have the same ones. */
  readonly reasons: Readonly<Record<Exclude<PrincipalMatch, 'no'>, Reason>>
}

export type ResourceMatcher = (arn: string, context: ConditionContext) => boolean

export type ReasonSource = PolicyType | 'grant'

/** A statement that applied to the request. */
export interface Reason {
  readonly policyType: ReasonSource
  readonly policy: string
  /** The statement of a policy, or the id of a grant. */
  readonly statement: string
  readonly effect: 'Allow' | 'Deny'
  /** Whether it names the principal itself, the role of its session, or only its account. */
  readonly match: Exclude<PrincipalMatch, 'no'>
}

/** Throws PolicyProblem. */
export function compilePolicy(text: string, kind: PolicyKind, name: string): CompiledPolicy {
  const { statements } = parsePolicy(text, kind)
  const principals = statements.flatMap(statement => statement.principals?.items ?? [])
  const principalArns = principals.flatMap(principal => (principal.type === 'arn' ? [principal.arn] : []))
  const { policyType } = policyGrammars[kind]
  const compiled = statements.map((statement, index) => {
    const label = statement.sid || `#${index + 1}`
    return compileStatement(statement, {
      policyType,
      policy: name,
      statement: label,
      effect: statement.effect,
    })
  })
  return { kind, name, statements: compiled, principalArns }
}

function compileStatement(statement: Statement, reason: Omit<Reason, 'match'>): CompiledStatement {
  return {
    label: reason.statement,
    effect: statement.effect,
    matchPrincipal: compilePrincipals(statement),
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
  const matchers = items.map(action => compileWildcard(action.toLowerCase()))
  const [only] = matchers
  if (isNot) return value => !matchers.some(matches => matches(value))
  if (only !== undefined && matchers.length === 1) return only
  return value => matchers.some(matches => matches(value))
}

function compileResources({ resources, effect }: Statement): ResourceMatcher {
  if (resources === undefined) return () => true
  const matchers = resources.items.map(compileResource)
  const [only] = matchers
  if (resources.isNot) {
    // A variable without a value leaves open what is left out: then nothing is allowed, and all of it denied.
    const whenUnknown = effect === 'Deny'
    return (arn, context) => {
      const results = matchers.map(matches => matches(arn, context))
      return !results.includes(true) && (whenUnknown || !results.includes(undefined))
    }
  }
  if (only !== undefined && matchers.length === 1) return (arn, context) => only(arn, context) === true
  return (arn, context) => matchers.some(matches => matches(arn, context) === true)
}

/** Undefined where a policy variable has no value. */
function compileResource({
  template,
}: StatementResource): (arn: string, context: ConditionContext) => boolean | undefined {
  if (isConstant(template)) return compilePattern(constantPattern(template))
  return (arn, context) => {
    const pattern = expandPattern(template, context)
    return pattern === undefined ? undefined : matchPattern(pattern, arn)
  }
}
