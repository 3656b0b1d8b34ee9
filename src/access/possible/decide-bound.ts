import type { AccessRequest, Decision, StatementMatcher } from '../access-request.ts'
import type { DecisionContext } from '../budget/decision-context.ts'
import type { Condition } from '../condition/condition.ts'
import { decide } from '../decide.ts'
import type { CompiledStatement } from '../policy/compile.ts'
import { variablesOf } from '../policy/policy-variable.ts'
import type { MatchedCaller } from '../policy/principal-match.ts'
import { type MatchRange, matchCallers } from './possible-callers.ts'

/** The facts of a request that are not known, so that its decision has two bounds. */
export interface OpenFacts {
  /** Whether the value of a condition key, in lower case, is not known. It may also be missing from the request. */
  readonly isOpen: (key: string) => boolean
  /** Returns the result of a condition on an open key if it is known all the same; undefined otherwise. */
  readonly settle?: ((condition: Condition) => boolean | undefined) | undefined
  /** The callers that the request can have. A session named `*` stands for every session of its role. */
  readonly callers: readonly MatchedCaller[]
}

/** A condition whose result depends on open facts. */
export interface OpenCondition {
  /** The operator of the policy; `Principal` or `Resource` for one of these elements, whose match depends on open facts. */
  readonly operator: string
  readonly key: string
  readonly values: readonly string[]
  /** Whether it is of a Deny: a request is then allowed if not all conditions of the Deny are met. */
  readonly isNegated: boolean
}

/** `certain`: the decision if the open facts allow the least. `possible`: the decision if they allow the most. */
export type BoundKind = 'certain' | 'possible'

/** A bound of the decisions of a request. */
export interface Bound {
  readonly decision: Decision
  /** The open conditions of `possible`: of each Allow that counts and of each Deny that does not; empty for `certain`. */
  readonly open: readonly OpenCondition[]
}

/** The number of open conditions that a bound lists. */
const openMax = 50

/**
 * Decides a request of which not all facts are known, with the engine of `decide`. In the bound `certain`, a condition on open facts is
 * not met in an Allow and met in a Deny; in `possible` it is the other way round. More statements that allow never turn an allow into
 * a denial, and fewer that deny do not either. So if `certain` allows, every decision with all facts does; if `possible` denies,
 * every one does. A condition counts as open by its keys alone, so the bounds can be wider than the decisions.
 */
export function decideBound(kind: BoundKind, request: AccessRequest, facts: OpenFacts): Bound {
  const open = new Map<string, OpenCondition>()
  const note =
    kind === 'certain'
      ? undefined
      : (condition: OpenCondition) => {
          if (open.size < openMax) open.set(JSON.stringify(condition), condition)
        }
  const { context } = request
  const decision = decide({
    ...request,
    // Two values are none for a policy variable, so no pattern is made of an open fact, and no default takes its place.
    context: { valuesOf: key => (facts.isOpen(key) ? twoValues : context.valuesOf(key)) },
    matchStatement: matcherOf(kind, request.resource.arn, facts, note),
  })
  return { decision, open: [...open.values()] }
}

const twoValues = ['', '']

function matcherOf(
  kind: BoundKind,
  arn: string,
  facts: OpenFacts,
  note: ((condition: OpenCondition) => void) | undefined,
): StatementMatcher {
  return (statement, context) => {
    const match = matchCallers(statement, facts.callers)
    if (match.most === 'no') return 'no'
    const fitsResource = matchResource(statement, arn, context, facts)
    if (fitsResource === false) return 'no'
    const open: Condition[] = []
    for (const condition of statement.conditions) {
      const isMet = isConditionMet(condition, context, facts)
      if (isMet === false) return 'no'
      if (isMet === undefined) open.push(condition)
    }
    const isOpen = open.length > 0 || fitsResource === undefined
    if (!isOpen && match.least === match.most) return match.most
    const matchesMore = (statement.effect === 'Allow') === (kind === 'possible')
    if (note !== undefined) {
      for (const condition of describe(statement, { match, fitsResource, open })) note(condition)
    }
    if (matchesMore) return match.most
    return isOpen ? 'no' : match.least
  }
}

function isConditionMet(
  condition: Condition,
  context: DecisionContext,
  { isOpen, settle }: OpenFacts,
): boolean | undefined {
  const settled = settle?.(condition)
  if (settled !== undefined) return settled
  if (isOpen(condition.contextKey) || condition.variables.some(isOpen)) return undefined
  return condition.isMet(context)
}

/** Whether the Resource element matches; undefined if that depends on a policy variable without a known value. */
function matchResource(
  statement: CompiledStatement,
  arn: string,
  context: DecisionContext,
  facts: OpenFacts,
): boolean | undefined {
  const matches = statement.matchesResource(arn, context)
  if (!variablesIn(statement).some(facts.isOpen)) return matches
  const { source, effect } = statement
  if (source.resources?.isNot !== true) return matches ? true : undefined
  return effect === 'Deny' && !matches ? false : undefined
}

const variablesIn = ({ source }: CompiledStatement): string[] =>
  source.resources?.items.flatMap(({ template }) => variablesOf(template)) ?? []

interface OpenParts {
  readonly match: MatchRange
  readonly fitsResource: boolean | undefined
  readonly open: readonly Condition[]
}

/** Returns the parts of a statement that depend on open facts. */
function describe(
  { source, effect }: CompiledStatement,
  { match, fitsResource, open }: OpenParts,
): OpenCondition[] {
  const isNegated = effect === 'Deny'
  const { principals, resources } = source
  const names = principals?.items.flatMap(item => (item.type === 'arn' ? [item.arn] : [])) ?? []
  const element = (operator: string, isNot: boolean | undefined, values: readonly string[]) => ({
    operator,
    key: isNot === true ? `Not${operator}` : operator,
    values,
    isNegated,
  })
  return [
    ...(match.least === match.most ? [] : [element('Principal', principals?.isNot, names)]),
    ...(fitsResource === undefined
      ? [element('Resource', resources?.isNot, resources?.items.map(({ text }) => text) ?? [])]
      : []),
    ...open.map(({ operator, key, values }) => ({ operator, key, values, isNegated })),
  ]
}
