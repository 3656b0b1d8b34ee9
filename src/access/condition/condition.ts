import { canBeArn } from '../pattern/arn-pattern.ts'
import { objectOf } from '../policy/policy-json.ts'
import { PolicyProblem } from '../policy/policy-problem.ts'
import { constantPattern, isConstant, parseTemplate, variablesOf } from '../policy/policy-variable.ts'
import type { ConditionContext } from './condition-context.ts'
import { hasManyValues } from './condition-keys.ts'
import { type ConditionOperator, findConditionOperator, type ValueTest } from './condition-operator.ts'

/** One operator and one condition key of a statement, with the values that the policy gives. */
export interface Condition {
  /** As the policy writes them. */
  readonly operator: string
  readonly key: string
  readonly values: readonly string[]
  /** Whether the request fulfils it. */
  readonly isMet: (context: ConditionContext) => boolean
  /** The key in lower case, as contexts know it. */
  readonly contextKey: string
  readonly setOperator: SetOperator | undefined
  /** The condition keys, in lower case, that policy variables in the values ask for. */
  readonly variables: readonly string[]
}

export type SetOperator = 'ForAnyValue' | 'ForAllValues'

export interface ConditionOptions {
  readonly effect: 'Allow' | 'Deny'
  readonly hasVariables: boolean
  /** Key policies may not use ForAllValues with keys of a single value. */
  readonly isOfKey: boolean
  /** IAM takes no text for an ARN that cannot be the pattern of one (recorded from AWS). */
  readonly areArnsChecked: boolean
}

/** Reads a Condition element: all its conditions must be met. Throws PolicyProblem. */
export function parseConditions(value: unknown, options: ConditionOptions, where: string): Condition[] {
  const place = `${where}: Condition`
  return Object.entries(objectOf(value, place)).flatMap(([name, keys]) => {
    const operator = parseOperator(name, place)
    return Object.entries(objectOf(keys, `${place}: ${name}`)).map(([key, values]) => {
      const keyPlace = `${place}: ${name}: ${key}`
      return compileCondition(operator, key, conditionValues(values, keyPlace), options, keyPlace)
    })
  })
}

interface ParsedOperator {
  readonly name: string
  readonly setOperator: SetOperator | undefined
  /** Undefined for `Null`, which looks at no value. */
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
  if (!/^[^:]+:./s.test(key)) throw new PolicyProblem('a condition key has a prefix and a colon', place)
  if (options.isOfKey && setOperator === 'ForAllValues') checkHasManyValues(key, place)
  const contextKey = key.toLowerCase()
  const shared = { operator: name, key, values, contextKey, setOperator }
  if (known === undefined) return { ...shared, variables: [], isMet: compileNull(contextKey, values) }
  if (options.areArnsChecked && /^(?:\w+:)?Arn/.test(name)) checkArns(values, options.hasVariables, place)
  const hasVariables = options.hasVariables && known.hasVariables
  const variables = hasVariables
    ? values.flatMap(value => variablesOf(parseTemplate(value, true, place)))
    : []
  const tests = values.map(value => known.compileValue(value, options.hasVariables, place))
  const matches = compileValues(tests, known, options.effect === 'Deny')
  return {
    ...shared,
    variables,
    isMet: quantify(contextKey, matches, setOperator, known.isNegated, isIfExists, options.effect === 'Deny'),
  }
}

/** AWS KMS developer guide, "Troubleshooting key policies": such a condition is met by every request without the key. */
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
      throw new PolicyProblem(`'${value}' is not an ARN`, place)
  }
}

/** JSON strings, numbers and booleans, one or a list of them. */
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
  // Whatever is not `true` is false (recorded from AWS).
  const wanted = values.map(value => String(value.toLowerCase() === 'true'))
  return context => wanted.includes(String(isAbsent(context.valuesOf(key))))
}

/** A key without values is not in the request, whether its list is missing or empty. */
function isAbsent(values: readonly string[] | undefined): values is undefined {
  return values === undefined || values.length === 0
}

/**
 * Whether one value of the request is what the policy wants: any of its values, or for a negated operator none of them.
 * A variable without a value makes the statement one that does not count (IAM user guide, "Variables and tags"): nothing
 * is allowed by not being equal to something unknown. A Deny counts, so that a missing tag never opens what it closes. Where
 * variables make a pattern that is none, an Allow does not count and a Deny does, negated or not (recorded from AWS).
 */
function compileValues(
  tests: readonly ValueTest[],
  { readOperand, unreadable, isNegated }: ConditionOperator,
  isDeny: boolean,
) {
  return (value: string, context: ConditionContext): boolean => {
    if (tests.length === 0) return isNegated
    const operand = readOperand(value)
    if (operand === undefined) return isNegated && unreadable === 'matchesNothing'
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

/**
 * A tag has one value, but tags whose keys differ in their case are one condition key: with several, an Allow wants all of them
 * to fit, and a Deny takes any, so that a tag in other letters opens nothing.
 */
const isTag = (key: string) => /^aws:(?:resource|request|principal)tag\//.test(key)

/** IAM user guide, "Set operators for multivalued context keys", and what operators do where the key is missing. */
function quantify(
  key: string,
  matches: ReturnType<typeof compileValues>,
  setOperator: SetOperator | undefined,
  isNegated: boolean,
  isIfExists: boolean,
  isDeny: boolean,
): Condition['isMet'] {
  const whenEmpty = setOperator === undefined ? isNegated : setOperator === 'ForAllValues'
  // Without a set operator, a negated one is the exact opposite of the other: no value may match.
  const isForAll =
    setOperator === undefined ? (isTag(key) ? !isDeny : isNegated) : setOperator === 'ForAllValues'
  // An operator on one value is met by no list, be it of one value, and neither is its opposite. That was recorded from AWS of
  // aws:TagKeys; as long as it is not known of other lists, no Deny is lost on it.
  const isOfOther = setOperator === undefined && hasManyValues(key) && (!isDeny || key === 'aws:tagkeys')
  return context => {
    const values = context.valuesOf(key)
    if (isAbsent(values)) return isIfExists || whenEmpty
    if (isOfOther) return false
    for (const value of values) {
      if (matches(value, context) !== isForAll) return !isForAll
    }
    return isForAll
  }
}
