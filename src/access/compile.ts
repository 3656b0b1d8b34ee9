import type { Principal } from '../domain/index.ts'
import { type PolicyKind, parsePolicy, type Statement, type StatementPrincipal } from './policy-document.ts'
import { compileWildcard, type Matcher } from './wildcard.ts'

/** A policy ready to be asked many times. */
export interface CompiledPolicy {
  readonly kind: PolicyKind
  /** For reasons: the policy's name, or `key policy`. */
  readonly name: string
  readonly statements: readonly CompiledStatement[]
  /** The ARNs of the users, roles and sessions that the policy names as principals. */
  readonly principalArns: readonly string[]
}

export interface CompiledStatement {
  /** For reasons: the Sid, or the statement's number. */
  readonly label: string
  readonly effect: 'Allow' | 'Deny'
  /** How the statement names the principal; in identity policies always `directly`. */
  readonly matchPrincipal: (principal: Principal) => PrincipalMatch
  /** Takes the action in lower case: action names are not case-sensitive. */
  readonly matchesAction: Matcher
  readonly matchesResource: Matcher
}

/** `throughAccount`: the statement names the principal's account, which leaves it to the account's identity policies. */
export type PrincipalMatch = 'directly' | 'throughAccount' | 'no'

/** Throws PolicyProblem or UnsupportedPolicyElement. */
export function compilePolicy(text: string, kind: PolicyKind, name: string): CompiledPolicy {
  const { statements } = parsePolicy(text, kind)
  const principals = statements.flatMap(statement => statement.principals ?? [])
  const principalArns = principals.flatMap(principal => (principal.type === 'arn' ? [principal.arn] : []))
  return { kind, name, statements: statements.map(compileStatement), principalArns }
}

function compileStatement(statement: Statement, index: number): CompiledStatement {
  return {
    label: statement.sid || `#${index + 1}`,
    effect: statement.effect,
    matchPrincipal: compilePrincipals(statement.principals),
    matchesAction: anyOf(statement.actions.map(action => compileWildcard(action.toLowerCase()))),
    matchesResource: anyOf(statement.resources.map(compileWildcard)),
  }
}

function anyOf(matchers: readonly Matcher[]): Matcher {
  const [only] = matchers
  if (only !== undefined && matchers.length === 1) return only
  return value => matchers.some(matches => matches(value))
}

function compilePrincipals(
  principals: readonly StatementPrincipal[] | undefined,
): CompiledStatement['matchPrincipal'] {
  if (principals === undefined || principals.some(({ type }) => type === 'everyone')) return () => 'directly'
  const accounts = new Set(principals.flatMap(p => (p.type === 'account' ? [p.accountId] : [])))
  const arns = new Set(principals.flatMap(p => (p.type === 'arn' ? [p.arn] : [])))
  return principal => {
    if (arns.has(principal.arn)) return 'directly'
    if (!accounts.has(principal.accountId)) return 'no'
    return principal.type === 'Root' ? 'directly' : 'throughAccount'
  }
}
