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
import { hasBoundary, type PrincipalMatch } from '../policy/principal-match.ts'

/** A decision, with every statement of every policy and which of its elements match the request. */
export interface Explanation {
  readonly decision: Decision
  readonly policies: readonly ExplainedPolicy[]
  readonly grant: AccessGrant | undefined
}

/** A policy of an explanation. */
export interface ExplainedPolicy {
  readonly policyType: PolicyType
  readonly policy: string
  /** The level of a service or resource control policy: 1 is the organization's root. */
  readonly level: number | undefined
  /** The reason why the policy does not count for this request; undefined if it counts. */
  readonly ignoredBecause: string | undefined
  readonly statements: readonly ExplainedStatement[]
}

/** A statement of an explained policy, element by element. */
export interface ExplainedStatement {
  readonly statement: string
  readonly effect: 'Allow' | 'Deny'
  /** Whether all of its elements match the request. */
  readonly applies: boolean
  readonly match: PrincipalMatch
  readonly elements: readonly ExplainedElement[]
}

/** An element of an explained statement, with the policy's values and the request's values. */
export interface ExplainedElement {
  /** The name in the policy, such as `NotAction`; for a condition with its operator and key. */
  readonly element: string
  readonly matches: boolean
  /** The values in the policy. */
  readonly wanted: readonly string[]
  /** The values of the request; empty if it does not have the condition key. */
  readonly found: readonly string[]
  /** The policy variables in `wanted`, with the values that the request has for them. */
  readonly variables: Readonly<Record<string, readonly string[]>>
}

/** Explains the decision of `decide`, from the same compiled statements. */
export function explain(request: AccessRequest): Explanation {
  return {
    decision: decide(request),
    policies: policiesOf(request).map(({ compiled, ...policy }) => ({
      ...policy,
      statements: compiled.statements.map(statement => explainStatement(statement, request)),
    })),
    grant: request.grant,
  }
}

/** An Allow that matches the action but not the rest of the request, element by element. */
export interface MissedAllow extends Pick<ExplainedPolicy, 'policy' | 'policyType'> {
  readonly statement: ExplainedStatement
}

/**
 * Finds each Allow that matches the action but not the rest of the request. A statement is explained only when the caller asks
 * for the next one, because a denial must cost little more than the decision itself.
 */
export function* missedAllows(
  request: AccessRequest,
  isIncluded: (type: PolicyType) => boolean,
): Generator<MissedAllow> {
  const action = request.action.toLowerCase()
  for (const { compiled, policy, policyType } of policiesOf(request)) {
    if (!isIncluded(policyType)) continue
    for (const statement of compiled.statements) {
      if (statement.effect !== 'Allow' || !statement.matchesAction(action)) continue
      const explained = explainStatement(statement, request)
      if (!explained.applies) yield { policy, policyType, statement: explained }
    }
  }
}

type PolicyOfRequest = Omit<ExplainedPolicy, 'statements'> & { readonly compiled: CompiledPolicy }

/** All policies of a request, in the order in which an explanation lists them. */
function policiesOf(request: AccessRequest): PolicyOfRequest[] {
  const { boundary, endpointPolicy, resource, identityPolicies } = request
  const outside = hasNoAccount(request) ? 'the caller has no account here' : undefined
  const one = (policy: CompiledPolicy | undefined) => (policy === undefined ? [] : [policy])
  const list = (
    policyType: PolicyType,
    policies: readonly CompiledPolicy[],
    ignoredBecause?: string,
    level?: number,
  ): PolicyOfRequest[] =>
    policies.map(compiled => ({ policyType, policy: compiled.name, level, ignoredBecause, compiled }))
  const levels = (type: PolicyType, given: AccessRequest['serviceControlPolicies'], isIgnored: boolean) =>
    (given ?? []).flatMap((policies, index) =>
      list(
        type,
        policies,
        isIgnored ? `${type} policies do not restrict this request` : undefined,
        index + 1,
      ),
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
  const match = statement.matchPrincipal(request)
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
  { principals, effect }: Statement,
  match: PrincipalMatch,
  request: AccessRequest,
): ExplainedElement[] {
  if (principals === undefined) return []
  const { principal, federatedProvider } = request
  const names = federatedProvider === undefined ? namesOf(principal) : [federatedProvider]
  const isByBoundary = principals.isNot && effect === 'Deny' && hasBoundary(request)
  return [
    {
      element: nameOf('Principal', principals),
      matches: match !== 'no',
      wanted: principals.items.map(describePrincipal),
      // The boundary is why the element matches, even if it lists all names.
      found: isByBoundary ? [...names, 'a permissions boundary'] : names,
      variables: {},
    },
  ]
}

/** The names by which a Principal element can refer to a caller. */
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
