import { type Principal, validation } from '../../domain/index.ts'
import { DecisionContext } from '../budget/decision-context.ts'
import { StepBudget, TooManySteps } from '../budget/step-budget.ts'
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

/** A request in the course of its explanation. */
type Explained = Omit<AccessRequest, 'context'> & { readonly context: DecisionContext }

const explained = (request: AccessRequest, budget: StepBudget): Explained => ({
  ...request,
  context: new DecisionContext(request.context, budget),
})

/**
 * Explains the decision of `decide`, from the same compiled statements. The explanation may take as many steps as the decision,
 * because it also evaluates what the decision skips. Throws ValidationException if it takes more; but if the decision does too,
 * it lists the policies that it reaches.
 */
export function explain(request: AccessRequest): Explanation {
  const decision = decide(request)
  const evaluated = explained(request, new StepBudget())
  const policies: ExplainedPolicy[] = []
  try {
    for (const { compiled, ...policy } of policiesOf(request)) {
      const statements = compiled.statements.map(statement => explainStatement(statement, evaluated))
      policies.push({ ...policy, statements })
    }
  } catch (error) {
    if (!(error instanceof TooManySteps)) throw error
    if (decision.outcome !== 'undecided')
      throw validation('The policies and the request take too many steps to explain.')
  }
  return { decision, policies, grant: request.grant }
}

/** An Allow that matches the action but not the rest of the request, element by element. */
export interface MissedAllow extends Pick<ExplainedPolicy, 'policy' | 'policyType'> {
  readonly statement: ExplainedStatement
}

/**
 * Finds each Allow that matches the action but not the rest of the request. A statement is explained only when the caller asks
 * for the next one, because a denial must cost little more than the decision itself. They end when the steps of the call are
 * spent.
 */
export function* missedAllows(
  request: AccessRequest,
  isIncluded: (type: PolicyType) => boolean,
): Generator<MissedAllow> {
  const evaluated = explained(request, request.budget ?? new StepBudget())
  try {
    for (const { compiled, policy, policyType } of policiesOf(request)) {
      if (isIncluded(policyType)) yield* missedIn(compiled, { policy, policyType }, evaluated)
    }
  } catch (error) {
    if (!(error instanceof TooManySteps)) throw error
  }
}

function* missedIn(
  { statements }: CompiledPolicy,
  of: Pick<MissedAllow, 'policy' | 'policyType'>,
  request: Explained,
): Generator<MissedAllow> {
  const action = request.action.toLowerCase()
  for (const statement of statements) {
    if (statement.effect !== 'Allow' || !statement.matchesAction(action, request.context)) continue
    const found = explainStatement(statement, request)
    if (!found.applies) yield { ...of, statement: found }
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

function explainStatement(statement: CompiledStatement, request: Explained): ExplainedStatement {
  const { source } = statement
  const match = statement.matchPrincipal(request)
  const elements = [
    ...principalElement(source, match, request),
    {
      element: nameOf('Action', source.actions),
      matches: statement.matchesAction(request.action.toLowerCase(), request.context),
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
  { resource, context }: Explained,
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
  { context }: Explained,
): ExplainedElement {
  return {
    element: `Condition ${operator} ${key}`,
    matches: isMet(context),
    wanted: values,
    found: valuesIn(context, contextKey),
    variables: knownValues(variables, context),
  }
}

function knownValues(keys: readonly string[], context: DecisionContext): ExplainedElement['variables'] {
  return Object.fromEntries(keys.map(key => [key, valuesIn(context, key)]))
}

/** An explanation repeats the values of the request in each element, so it counts them: its text must not grow without bound. */
function valuesIn(context: DecisionContext, key: string): readonly string[] {
  const values = context.valuesOf(key) ?? []
  for (const value of values) context.spend(4 * (value.length + 8))
  return values
}
