import type { DecisionContext } from '../budget/decision-context.ts'
import { canBeArn } from '../pattern/arn-pattern.ts'
import { objectOf } from '../policy/policy-json.ts'
import { legacyProblem, PolicyProblem } from '../policy/policy-problem.ts'
import { constantPattern, isConstant, parseTemplate, variablesOf } from '../policy/policy-variable.ts'
import {
  type ConditionOperator,
  type EqualValue,
  findConditionOperator,
  type ValueTest,
} from './condition-operator.ts'
import { hasManyValues } from './known-condition-keys.ts'

/** One operator and one condition key of a statement, with the values that the policy gives. */
export interface Condition {
  /** The operator, the key and the values are as the policy writes them. */
  readonly operator: string
  readonly key: string
  readonly values: readonly string[]
  /** Whether the request meets the condition. */
  readonly isMet: (context: DecisionContext) => boolean
  /** The key in lower case, as a ConditionContext expects it. */
  readonly contextKey: string
  readonly setOperator: SetOperator | undefined
  /** The condition keys, in lower case, that policy variables in the values refer to. */
  readonly variables: readonly string[]
}

export type SetOperator = 'ForAnyValue' | 'ForAllValues'

export interface ConditionOptions {
  readonly effect: 'Allow' | 'Deny'
  readonly hasVariables: boolean
  /** Key policies may not use ForAllValues with single-valued keys. */
  readonly isOfKey: boolean
  /** IAM refuses a value of an ARN operator that cannot be the pattern of an ARN (recorded from AWS). */
  readonly areArnsChecked: boolean
}

/** Reads a Condition element, whose conditions must all be met. Throws PolicyProblem. */
export function parseConditions(value: unknown, options: ConditionOptions, where: string): Condition[] {
  const place = `${where}: Condition`
  return Object.entries(objectOf(value, place)).flatMap(([name, given]) => {
    const keys = Object.entries(objectOf(given, `${place}: ${name}`))
    // AWS takes an operator that it does not know if it has no keys (recorded from AWS).
    if (keys.length === 0) return []
    const operator = parseOperator(name, place)
    return keys.map(([key, values]) => {
      const keyPlace = `${place}: ${name}: ${key}`
      return compileCondition(operator, key, conditionValues(values, keyPlace), options, keyPlace)
    })
  })
}

interface ParsedOperator {
  readonly name: string
  readonly setOperator: SetOperator | undefined
  /** Undefined for `Null`, which compares no values. */
  readonly known: ConditionOperator | undefined
  readonly isIfExists: boolean
}

function parseOperator(name: string, place: string): ParsedOperator {
  const [, setOperator, base = '', ifExists] =
    /^(?:(ForAnyValue|ForAllValues):)?([A-Za-z]+?)(IfExists)?$/.exec(name) ?? []
  const known = findConditionOperator(base)
  if (known === undefined && name !== 'Null')
    throw new PolicyProblem(`${name} is not a condition operator`, place)
  return {
    name,
    setOperator: setOperator as SetOperator | undefined,
    known,
    isIfExists: ifExists !== undefined,
  }
}

function compileCondition(
  { name, setOperator, known, isIfExists }: ParsedOperator,
  key: string,
  values: readonly string[],
  options: ConditionOptions,
  place: string,
): Condition {
  // AWS takes keys without a prefix (recorded from AWS); no request has them.
  if (!/^[^:]+(?::.|$)/s.test(key)) throw new PolicyProblem('a condition key has a name', place)
  if (options.isOfKey && setOperator === 'ForAllValues') checkHasManyValues(key, place)
  const contextKey = key.toLowerCase()
  const shared = { operator: name, key, values, contextKey, setOperator }
  if (known === undefined) return { ...shared, variables: [], isMet: compileNull(contextKey, values) }
  if (options.areArnsChecked && /^(?:\w+:)?Arn/.test(name)) checkArns(values, options.hasVariables, place)
  const hasVariables = options.hasVariables && known.hasVariables
  const variables = hasVariables
    ? values.flatMap(value => variablesOf(parseTemplate(value, true, place)))
    : []
  const compiled = values.map(value => known.compileValue(value, options.hasVariables, place))
  const matches = compileValues(compiled, known, options.effect === 'Deny')
  return {
    ...shared,
    variables,
    isMet: quantify(contextKey, matches, setOperator, known.isNegated, isIfExists, options.effect === 'Deny'),
  }
}

/**
 * Refuses ForAllValues with a single-valued key, because every request without the key meets such a condition (AWS KMS developer
 * guide, "Troubleshooting key policies"). Throws PolicyProblem.
 */
function checkHasManyValues(key: string, place: string): void {
  if (/^(kms:encryptioncontext:|aws:requesttag\/)/i.test(key)) {
    throw new PolicyProblem(
      `OverlyPermissiveCondition: Using the ForAllValues set operator with a single-valued condition key can result in overly permissive policies`,
      place,
      'AWS',
    )
  }
}

function checkArns(values: readonly string[], hasVariables: boolean, place: string): void {
  for (const value of values) {
    const template = parseTemplate(value, hasVariables, place)
    if (isConstant(template) && !canBeArn(constantPattern(template)))
      throw legacyProblem(`'${value}' is not an ARN`, place)
  }
}

/** Reads one JSON string, number or boolean, or a list of them. Throws PolicyProblem. */
function conditionValues(value: unknown, place: string): string[] {
  const items: readonly unknown[] = Array.isArray(value) ? value : [value]
  return items.map(item => {
    if (typeof item === 'string') return item
    if (typeof item === 'boolean') return String(item)
    if (typeof item === 'number' && Math.abs(item) <= Number.MAX_SAFE_INTEGER) return String(item)
    throw new PolicyProblem('must be a string, a number, true or false, or a list of these', place)
  })
}

function compileNull(key: string, values: readonly string[]): Condition['isMet'] {
  // Every value other than `true` counts as false (recorded from AWS).
  const expected = new Set(values.map(value => value.toLowerCase() === 'true'))
  return context => expected.has(isAbsent(context.valuesOf(key)))
}

/** A key without values is absent from the request, whether its list is missing or empty. */
function isAbsent(values: readonly string[] | undefined): values is undefined {
  return values === undefined || values.length === 0
}

/**
 * Compiles the test of one value of the request: it must match any value of the policy, or for a negated operator none of them.
 * A value of the policy is unknown if one of its policy variables has no value (IAM user guide, "Variables and tags"). A value
 * of the request then matches it neither way in an Allow: nothing is allowed because it differs from something unknown. In a
 * Deny it counts as different, so that a missing tag never opens what a negated Deny closes. If replacing the variables gives
 * a text that is not a pattern, an Allow is not met and a Deny is met, negated or not (recorded from AWS).
 */
function compileValues(
  compiled: readonly (ValueTest | EqualValue)[],
  { readOperand, unreadable, isNegated }: ConditionOperator,
  isDeny: boolean,
) {
  const tests = compiled.filter(item => typeof item === 'function')
  const isEqual = compileEqual(compiled.filter(item => typeof item !== 'function'))
  return (value: string, context: DecisionContext): boolean => {
    context.spend(perValue + value.length)
    if (compiled.length === 0) return isNegated
    const operand = readOperand(value, context)
    if (operand === undefined) return isNegated && unreadable === 'matchesNothing'
    if (isEqual(operand)) return !isNegated
    let isUnknown = false
    for (const test of tests) {
      const result = test(operand, context)
      if (result === true) return !isNegated
      if (result === 'noPattern') return isDeny
      if (result === 'noValue') isUnknown = true
    }
    return isNegated && (isDeny || !isUnknown)
  }
}

/** The steps of looking at a value of the request. */
const perValue = 8

/** Above this number of values, a set finds one faster than a loop. */
const loopedMax = 4

function compileEqual(values: readonly EqualValue[]): (operand: unknown) => boolean {
  const operands = values.map(({ equals }) => equals)
  const [only] = operands
  if (operands.length === 1) return operand => operand === only
  if (operands.length <= loopedMax) {
    return operand => {
      for (const item of operands) if (item === operand) return true
      return false
    }
  }
  const known = new Set(operands)
  return operand => known.has(operand)
}

/**
 * Whether the key is a tag. A tag has one value, but tags whose keys differ only in case share one condition key, which then has
 * several values. An Allow needs all of them to match, and a Deny needs any of them: a tag in different case opens nothing.
 */
const isTag = (key: string) => /^aws:(?:resource|request|principal)tag\//.test(key)

/**
 * Combines the values of the request (IAM user guide, "Set operators for multivalued context keys"), also if there are none. A
 * missing key never meets `ForAnyValue:…IfExists` (recorded from AWS: re:Post, "ForAnyValue:StringEqualsIfExists behaving
 * unexpectedly").
 */
function quantify(
  key: string,
  matches: ReturnType<typeof compileValues>,
  setOperator: SetOperator | undefined,
  isNegated: boolean,
  isIfExists: boolean,
  isDeny: boolean,
): Condition['isMet'] {
  // IfExists speaks of one value, so it adds nothing to a set operator: ForAnyValue needs a value, and ForAllValues needs none.
  const whenEmpty = setOperator === undefined ? isIfExists || isNegated : setOperator === 'ForAllValues'
  // Without a set operator, a negated operator is the exact opposite of the plain one: no value may match.
  const isForAll =
    setOperator === undefined ? (isTag(key) ? !isDeny : isNegated) : setOperator === 'ForAllValues'
  // Without a set operator, a list meets neither an operator nor its opposite, even a list of one value. This was recorded from
  // AWS for aws:TagKeys. For other lists AWS's behaviour is not known, so a Deny still counts there.
  const isNeverMet = setOperator === undefined && hasManyValues(key) && (!isDeny || key === 'aws:tagkeys')
  return context => {
    const values = context.valuesOf(key)
    if (isAbsent(values)) return whenEmpty
    if (isNeverMet) return false
    for (const value of values) {
      if (matches(value, context) !== isForAll) return !isForAll
    }
    return isForAll
  }
}
