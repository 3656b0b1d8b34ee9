import type { Principal } from '../../domain/index.ts'
import type { Condition } from '../condition/condition.ts'
import {
  type AccessGrant,
  type AccessRequest,
  type Decision,
  decide,
  hasNoAccount,
  resourceControlOf,
  serviceControlOf,
  sessionPoliciesOf,
} from '../decide.ts'
import type { CompiledPolicy, CompiledStatement } from '../policy/compile.ts'
import type { Listed, Statement } from '../policy/policy-document.ts'
import type { PolicyType } from '../policy/policy-kind.ts'
import type { StatementPrincipal } from '../policy/policy-principal.ts'
import { variablesOf } from '../policy/policy-variable.ts'
import type { PrincipalMatch } from '../policy/principal-match.ts'

/** A decision, and every statement of every policy with what of it matched the request and what did not. */
export interface Explanation {
  readonly decision: Decision
  readonly policies: readonly ExplainedPolicy[]
  readonly grant: AccessGrant | undefined
}

export interface ExplainedPolicy {
  readonly policyType: PolicyType
  readonly policy: string
  /** Of service and resource control policies: 1 is the organization's root. */
  readonly level: number | undefined
  /** Why the policy does not count for this request; undefined where it counts. */
  readonly ignoredBecause: string | undefined
  readonly statements: readonly ExplainedStatement[]
}

export interface ExplainedStatement {
  readonly statement: string
  readonly effect: 'Allow' | 'Deny'
  /** Whether all of its elements match. */
  readonly applies: boolean
  readonly match: PrincipalMatch
  readonly elements: readonly ExplainedElement[]
}

export interface ExplainedElement {
  /** As the policy has it, such as `NotAction`; of a condition with its operator and key. */
  readonly element: string
  readonly matches: boolean
  /** What the policy says. */
  readonly wanted: readonly string[]
  /** What the request has; empty where it has no such condition key. */
  readonly found: readonly string[]
  /** The policy variables in `wanted`, and what the request has for them. */
  readonly variables: Readonly<Record<string, readonly string[]>>
}

/** Says why `decide` decides as it does, from the same compiled statements. */
export function explain(request: AccessRequest): Explanation {
  return {
    decision: decide(request),
    policies: askedPolicies(request).map(({ compiled, ...policy }) => ({
      ...policy,
      statements: compiled.statements.map(statement => explainStatement(statement, request)),
    })),
    grant: request.grant,
  }
}

/** A statement that would have allowed the action, and what of it did not match. */
export interface MissedAllow extends Pick<ExplainedPolicy, 'policy' | 'policyType'> {
  readonly statement: ExplainedStatement
}

/**
 * The statements that are about the action and do not allow it for another reason. Each is looked at only when it is asked for,
 * and no other is: a denial is to cost little more than the decision did.
 */
export function* missedAllows(
  request: AccessRequest,
  isWanted: (type: PolicyType) => boolean,
): Generator<MissedAllow> {
  const action = request.action.toLowerCase()
  for (const { compiled, policy, policyType } of askedPolicies(request)) {
    if (!isWanted(policyType)) continue
    for (const statement of compiled.statements) {
      if (statement.effect !== 'Allow' || !statement.matchesAction(action)) continue
      const explained = explainStatement(statement, request)
      if (!explained.applies) yield { policy, policyType, statement: explained }
    }
  }
}

type AskedPolicy = Omit<ExplainedPolicy, 'statements'> & { readonly compiled: CompiledPolicy }

/** All policies of a request, in the order in which explanations have them. */
function askedPolicies(request: AccessRequest): AskedPolicy[] {
  const { boundary, endpointPolicy, resource, identityPolicies } = request
  const outside = hasNoAccount(request) ? 'the caller is of no account here' : undefined
  const one = (policy: CompiledPolicy | undefined) => (policy === undefined ? [] : [policy])
  const list = (
    policyType: PolicyType,
    policies: readonly CompiledPolicy[],
    ignoredBecause?: string,
    level?: number,
  ): AskedPolicy[] =>
    policies.map(compiled => ({ policyType, policy: compiled.name, level, ignoredBecause, compiled }))
  const levels = (type: PolicyType, given: AccessRequest['serviceControlPolicies'], isIgnored: boolean) =>
    (given ?? []).flatMap((policies, index) =>
      list(type, policies, isIgnored ? `${type} policies do not restrict this` : undefined, index + 1),
    )
  const isRcpIgnored = resourceControlOf(request) === undefined
  const isScpIgnored = serviceControlOf(request) === undefined
  return [
    ...levels('resource control', request.resourceControlPolicies, isRcpIgnored),
    ...levels('service control', request.serviceControlPolicies, isScpIgnored),
    ...list('VPC endpoint', one(endpointPolicy)),
    ...list('resource-based', one(resource.policy)),
    ...list('identity-based', identityPolicies, outside),
    ...list('permissions boundary', one(boundary), outside),
    ...list('session', sessionPoliciesOf(request) ?? [], outside),
  ]
}

function explainStatement(statement: CompiledStatement, request: AccessRequest): ExplainedStatement {
  const { source } = statement
  const match = statement.matchPrincipal(request.principal, request.federatedProvider)
  const elements = [
    ...principalElement(source, match, request),
    {
      element: nameOf('Action', source.actions),
      matches: statement.matchesAction(request.action.toLowerCase()),
      wanted: source.actions.items,
      found: [request.action],
      variables: {},
    },
    ...resourceElement(source, statement, request),
    ...source.conditions.map(condition => explainCondition(condition, request)),
  ]
  const applies = elements.every(({ matches }) => matches)
  return { statement: statement.label, effect: statement.effect, applies, match, elements }
}

function nameOf(element: string, { isNot }: Listed<unknown>): string {
  return isNot ? `Not${element}` : element
}

function principalElement(
  { principals }: Statement,
  match: PrincipalMatch,
  { principal, federatedProvider }: AccessRequest,
): ExplainedElement[] {
  if (principals === undefined) return []
  return [
    {
      element: nameOf('Principal', principals),
      matches: match !== 'no',
      wanted: principals.items.map(describePrincipal),
      found: federatedProvider === undefined ? namesOf(principal) : [federatedProvider],
      variables: {},
    },
  ]
}

/** The names that a Principal element can know a caller by. */
function namesOf(principal: Principal): string[] {
  switch (principal.type) {
    case 'AWSService':
      return [principal.service]
    case 'Root':
      return [principal.arn, principal.accountId]
    case 'AssumedRole':
      return [principal.arn, principal.roleArn, principal.accountId]
    default:
      return [principal.arn, principal.accountId]
  }
}

function describePrincipal(principal: StatementPrincipal): string {
  switch (principal.type) {
    case 'everyone':
      return '*'
    case 'account':
      return principal.accountId
    case 'arn':
      return principal.arn
    case 'service':
      return principal.service
    case 'federated':
      return principal.provider
  }
}

function resourceElement(
  { resources }: Statement,
  statement: CompiledStatement,
  { resource, context }: AccessRequest,
): ExplainedElement[] {
  if (resources === undefined) return []
  const keys = resources.items.flatMap(({ template }) => variablesOf(template))
  return [
    {
      element: nameOf('Resource', resources),
      matches: statement.matchesResource(resource.arn, context),
      wanted: resources.items.map(({ text }) => text),
      found: [resource.arn],
      variables: knownValues(keys, context),
    },
  ]
}

function explainCondition(
  { operator, key, values, contextKey, variables, isMet }: Condition,
  { context }: AccessRequest,
): ExplainedElement {
  return {
    element: `Condition ${operator} ${key}`,
    matches: isMet(context),
    wanted: values,
    found: context.valuesOf(contextKey) ?? [],
    variables: knownValues(variables, context),
  }
}

function knownValues(
  keys: readonly string[],
  context: AccessRequest['context'],
): ExplainedElement['variables'] {
  return Object.fromEntries(keys.map(key => [key, context.valuesOf(key) ?? []]))
}
