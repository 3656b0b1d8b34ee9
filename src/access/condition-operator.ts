import { decodeBase64 } from '../std/index.ts'
import { canBeArn, compileArnPattern } from './arn-pattern.ts'
import type { ConditionContext } from './condition-context.ts'
import { parseConditionDate } from './condition-date.ts'
import { compareDecimals, parseDecimal } from './decimal.ts'
import { foldCase } from './fold-case.ts'
import { isInRange, parseIpAddress, parseIpRange } from './ip-range.ts'
import { PolicyProblem } from './policy-problem.ts'
import {
  constantPattern,
  expandPattern,
  expandText,
  isConstant,
  parseTemplate,
  type Template,
} from './policy-variable.ts'
import { compilePattern, type Matcher, type Pattern } from './wildcard.ts'

/**
 * Whether a value of the request matches one of the policy, or why that cannot be said: `noValue` where a policy variable has
 * none, `noOperand` where the value of the request is none that the operator compares, so that neither it nor its opposite
 * is met, and `noPattern` where that of the policy is none once its variables are replaced.
 */
export type ValueMatch = boolean | 'noValue' | 'noOperand' | 'noPattern'
export type ValueTest = (value: string, context: ConditionContext) => ValueMatch

/** Compiles a value of the policy. Throws PolicyProblem for one that the operator cannot compare with. */
type ValueCompiler = (text: string, hasVariables: boolean, place: string) => ValueTest

type OperatorFamily = Omit<ConditionOperator, 'isNegated'>

export interface ConditionOperator {
  readonly compileValue: ValueCompiler
  readonly isNegated: boolean
  /** Whether policy variables are replaced in its values. */
  readonly hasVariables: boolean
}

const stringEquals = texts((wanted, value) => wanted === value)
const stringEqualsIgnoreCase = texts((wanted, value) => foldCase(wanted) === foldCase(value))
const stringLike = patterns(compilePattern)
const arnLike: OperatorFamily = { compileValue: compileArnValue, hasVariables: true }
/** Whatever is not `true` is false, in policies and in requests (recorded from AWS). */
const bool = texts((wanted, value) => isTrue(wanted) === isTrue(value))
const ipAddress = operands(parseIpRange, parseIpAddress, isInRange, 'an IP address or range')

const compareNumbers = (compare: Comparison) =>
  constants(
    parseDecimal,
    parseDecimal,
    (value, wanted) => compare(compareDecimals(value, wanted), 0),
    'a number',
  )
const compareDates = (compare: Comparison) =>
  constants(parseConditionDate, parseConditionDate, compare, 'a date')

const operators: ReadonlyMap<string, ConditionOperator> = new Map(
  Object.entries({
    StringEquals: matching(stringEquals),
    StringNotEquals: negated(stringEquals),
    StringEqualsIgnoreCase: matching(stringEqualsIgnoreCase),
    StringNotEqualsIgnoreCase: negated(stringEqualsIgnoreCase),
    StringLike: matching(stringLike),
    StringNotLike: negated(stringLike),
    ...comparing('Numeric', compareNumbers),
    ...comparing('Date', compareDates),
    Bool: matching(bool),
    BinaryEquals: matching(constants(readBinary, readBinary, (value, wanted) => value === wanted, 'base64')),
    IpAddress: matching(ipAddress),
    NotIpAddress: negated(ipAddress),
    // ArnEquals and ArnLike behave identically.
    ArnEquals: matching(arnLike),
    ArnNotEquals: negated(arnLike),
    ArnLike: matching(arnLike),
    ArnNotLike: negated(arnLike),
  }),
)

/** IAM user guide, "IAM JSON policy elements: Condition operators", without set operators, `IfExists` and `Null`. */
export function findConditionOperator(name: string): ConditionOperator | undefined {
  return operators.get(name)
}

function matching({ compileValue, hasVariables }: OperatorFamily): ConditionOperator {
  return { compileValue, hasVariables, isNegated: false }
}

function negated({ compileValue, hasVariables }: OperatorFamily): ConditionOperator {
  return { compileValue, hasVariables, isNegated: true }
}

type Comparison = (value: number, wanted: number) => boolean

function comparing(
  type: string,
  compiler: (compare: Comparison) => OperatorFamily,
): Record<string, ConditionOperator> {
  const equal = compiler((value, wanted) => value === wanted)
  return {
    [`${type}Equals`]: matching(equal),
    [`${type}NotEquals`]: negated(equal),
    [`${type}LessThan`]: matching(compiler((value, wanted) => value < wanted)),
    [`${type}LessThanEquals`]: matching(compiler((value, wanted) => value <= wanted)),
    [`${type}GreaterThan`]: matching(compiler((value, wanted) => value > wanted)),
    [`${type}GreaterThanEquals`]: matching(compiler((value, wanted) => value >= wanted)),
  }
}

/** Operators on texts that are compared whole, with policy variables. */
function texts(matches: (wanted: string, value: string) => boolean): OperatorFamily {
  const compileValue: ValueCompiler = (text, hasVariables, place) => {
    const template = parseTemplate(text, hasVariables, place)
    const constant = constantText(template)
    if (constant === undefined) {
      return (value, context) => {
        const wanted = expandText(template, context)
        return wanted === undefined ? 'noValue' : matches(wanted, value)
      }
    }
    return value => matches(constant, value)
  }
  return { compileValue, hasVariables: true }
}

function constantText(template: Template): string | undefined {
  return isConstant(template)
    ? template.map(part => (part.type === 'variable' ? '' : part.text)).join('')
    : undefined
}

/** Operators on texts with wildcards and policy variables. */
function patterns(compile: (pattern: Pattern) => Matcher): OperatorFamily {
  const compileValue: ValueCompiler = (text, hasVariables, place) => {
    const template = parseTemplate(text, hasVariables, place)
    if (isConstant(template)) return compile(constantPattern(template))
    return (value, context) => {
      const pattern = expandPattern(template, context)
      return pattern === undefined ? 'noValue' : compile(pattern)(value)
    }
  }
  return { compileValue, hasVariables: true }
}

/**
 * ARNs with wildcards and policy variables. A text of the request that is no ARN is neither like one nor not like one, and a
 * text of the policy that cannot be the pattern of one is a mistake (recorded from AWS).
 */
function compileArnValue(text: string, hasVariables: boolean, place: string): ValueTest {
  const template = parseTemplate(text, hasVariables, place)
  const constant = isConstant(template) ? compileArn(constantPattern(template)) : undefined
  return (value, context) => {
    if (!isArn(value)) return 'noOperand'
    if (constant !== undefined) return constant(value)
    const pattern = expandPattern(template, context)
    return pattern === undefined ? 'noValue' : compileArn(pattern)(value)
  }
}

/** `*` alone is any ARN; text with fewer parts than an ARN has matches none. */
function compileArn(pattern: Pattern): (arn: string) => ValueMatch {
  if (!canBeArn(pattern)) return () => 'noPattern'
  const matches = compileArnPattern(pattern)
  if (matches !== undefined) return matches
  const matchesWhole = compilePattern(pattern)
  return matchesWhole('') && matchesWhole('arn:') ? isArn : () => false
}

function isArn(value: string): boolean {
  return value.split(':', 6).length === 6
}

const isTrue = (text: string) => text.toLowerCase() === 'true'

/**
 * Operators without policy variables, whose values are read once. A value of the request that cannot be read matches nothing,
 * so that the negated operator is met (recorded from AWS).
 */
function constants<Wanted, Value>(
  parseWanted: (text: string) => Wanted | undefined,
  parseValue: (text: string) => Value | undefined,
  compare: (value: Value, wanted: Wanted) => boolean,
  what: string,
): OperatorFamily {
  return compared(parseWanted, parseValue, compare, what, false)
}

/** The same, but neither the operator nor the negated one is met by a value of the request that cannot be read. */
function operands<Wanted, Value>(
  parseWanted: (text: string) => Wanted | undefined,
  parseValue: (text: string) => Value | undefined,
  compare: (value: Value, wanted: Wanted) => boolean,
  what: string,
): OperatorFamily {
  return compared(parseWanted, parseValue, compare, what, 'noOperand')
}

function compared<Wanted, Value>(
  parseWanted: (text: string) => Wanted | undefined,
  parseValue: (text: string) => Value | undefined,
  compare: (value: Value, wanted: Wanted) => boolean,
  what: string,
  unreadable: ValueMatch,
): OperatorFamily {
  const compileValue: ValueCompiler = (text, _hasVariables, place) => {
    const wanted = parseWanted(text)
    if (wanted === undefined) throw malformed(text, what, place)
    return valueText => {
      const value = parseValue(valueText)
      return value === undefined ? unreadable : compare(value, wanted)
    }
  }
  return { compileValue, hasVariables: false }
}

/** The bytes in a form that can be compared. */
function readBinary(text: string): string | undefined {
  return decodeBase64(text)?.toString('base64')
}

function malformed(text: string, what: string, place: string): PolicyProblem {
  return new PolicyProblem(`'${text}' is not ${what}`, place)
}
