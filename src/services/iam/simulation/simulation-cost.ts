import type { CompiledPolicy, ConditionContext } from '../../../access/index.ts'

type Statement = CompiledPolicy['statements'][number]
type Condition = Statement['conditions'][number]
type Resource = NonNullable<Statement['source']['resources']>['items'][number]

/** What it takes to decide an action on a resource: a sum of characters that are looked at, each with a factor. */
export interface SimulationCost {
  readonly fixed: number
  readonly perCharacterOfAction: number
  readonly perCharacterOfResource: number
}

/** To look at something at all, however short it is. */
const perLook = 16

/** To make a text anew, a character, where policy variables are replaced in it: that takes longer than to compare it. */
const perReplaced = 16

/** At most: as if each statement applied but for its last condition, and that but for its last value. */
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

export function costOfPair(cost: SimulationCost, action: string, arn: string): number {
  return cost.fixed + cost.perCharacterOfAction * action.length + cost.perCharacterOfResource * arn.length
}

/** Each value of the policy is compared with each of the request, and has its variables replaced each time. */
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

/** Its default is in the text that it stands in, and keys of several values replace nothing. */
function lengthOfVariable(key: string, context: ConditionContext): number {
  const [value = '', ...others] = context.valuesOf(key) ?? []
  return others.length > 0 ? 0 : value.length
}

function sum<T>(items: readonly T[], sizeOf: (item: T) => number): number {
  return items.reduce((total, item) => total + sizeOf(item), 0)
}
