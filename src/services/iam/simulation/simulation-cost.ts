import type { CompiledPolicy, ConditionContext } from '../../../access/index.ts'

type Statement = CompiledPolicy['statements'][number]
type Condition = Statement['conditions'][number]
type Resource = NonNullable<Statement['source']['resources']>['items'][number]

/**
 * The cost of a decision about an action on a resource: the number of characters that are examined, each with a factor.
 */
export interface SimulationCost {
  readonly fixed: number
  readonly perCharacterOfAction: number
  readonly perCharacterOfResource: number
}

/** The cost of examining a text, however short it is. */
const perLook = 16

/** The cost per character of replacing policy variables in a text, which takes longer than comparing it. */
const perReplaced = 16

/** Returns the highest possible cost: as if each statement failed only at the last value of its last condition. */
export function costOf(policies: readonly CompiledPolicy[], context: ConditionContext): SimulationCost {
  let [fixed, perCharacterOfAction, perCharacterOfResource] = [perLook, 0, 0]
  for (const { source, conditions } of policies.flatMap(({ statements }) => statements)) {
    const { actions, resources, principals } = source
    perCharacterOfAction += actions.items.length
    perCharacterOfResource += resources?.items.length ?? 0
    fixed += perLook + perLook * (principals?.items.length ?? 0)
    fixed += sum(actions.items, action => perLook + action.length)
    fixed += sum(resources?.items ?? [], resource => costOfResource(resource, context))
    fixed += sum(conditions, condition => costOfCondition(condition, context))
  }
  return { fixed, perCharacterOfAction, perCharacterOfResource }
}

/** Returns the cost of a decision about one action on one resource. */
export function costOfPair(cost: SimulationCost, action: string, arn: string): number {
  return cost.fixed + cost.perCharacterOfAction * action.length + cost.perCharacterOfResource * arn.length
}

/** Each value in the policy is compared with each value of the request, and its variables are replaced each time. */
function costOfCondition({ contextKey, values, variables }: Condition, context: ConditionContext): number {
  const asked = context.valuesOf(contextKey) ?? []
  const wanted = costOfText(
    sum(values, value => value.length),
    variables,
    context,
  )
  return (
    perLook +
    perLook * values.length * asked.length +
    wanted * asked.length +
    values.length * sum(asked, value => value.length)
  )
}

function costOfResource({ text, template }: Resource, context: ConditionContext): number {
  const variables = template.flatMap(part => (part.type === 'variable' ? [part.key] : []))
  return perLook + costOfText(text.length, variables, context)
}

function costOfText(length: number, variables: readonly string[], context: ConditionContext): number {
  if (variables.length === 0) return length
  return perReplaced * (length + sum(variables, key => lengthOfVariable(key, context)))
}

/** The text around a variable includes its default, and a key with several values replaces nothing. */
function lengthOfVariable(key: string, context: ConditionContext): number {
  const [value = '', ...others] = context.valuesOf(key) ?? []
  return others.length > 0 ? 0 : value.length
}

function sum<T>(items: readonly T[], sizeOf: (item: T) => number): number {
  return items.reduce((total, item) => total + sizeOf(item), 0)
}
