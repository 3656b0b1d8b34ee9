import { decodeBase64 } from '../std/index.ts'
import { compileArnPattern } from './arn-pattern.ts'
import type { ConditionContext } from './condition-context.ts'
import { parseConditionDate } from './condition-date.ts'
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

/** Whether a value of the request matches one of the policy; undefined where a policy variable has no value. */
export type ValueTest = (value: string, context: ConditionContext) => boolean | undefined

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
const stringEqualsIgnoreCase = texts((wanted, value) => wanted.toLowerCase() === value.toLowerCase())
const stringLike = patterns(compilePattern)
const arnLike = patterns(compileArn)
const bool = texts((wanted, value) => wanted.toLowerCase() === value.toLowerCase(), /^(true|false)$/i)

const compareNumbers = (compare: Comparison) => constants(parseNumber, parseNumber, compare, 'a number')
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
    IpAddress: matching(constants(parseIpRange, parseIpAddress, isInRange, 'an IP address or range')),
    NotIpAddress: negated(constants(parseIpRange, parseIpAddress, isInRange, 'an IP address or range')),
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
function texts(matches: (wanted: string, value: string) => boolean, form?: RegExp): OperatorFamily {
  const compileValue: ValueCompiler = (text, hasVariables, place) => {
    const template = parseTemplate(text, hasVariables, place)
    const constant = constantText(template)
    if (constant === undefined) {
      return (value, context) => {
        const wanted = expandText(template, context)
        return wanted === undefined ? undefined : matches(wanted, value)
      }
    }
    if (form?.test(constant) === false) throw malformed(text, 'true or false', place)
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
      return pattern === undefined ? undefined : compile(pattern)(value)
    }
  }
  return { compileValue, hasVariables: true }
}

/** `*` alone is any ARN; text with fewer parts than an ARN has matches none. */
function compileArn(pattern: Pattern): Matcher {
  const matches = compileArnPattern(pattern)
  if (matches !== undefined) return matches
  const matchesWhole = compilePattern(pattern)
  return matchesWhole('') && matchesWhole('arn:') ? isArn : () => false
}

function isArn(value: string): boolean {
  return value.split(':', 6).length === 6
}

/** Operators without policy variables, whose values are read once. A value of the request that cannot be read matches nothing. */
function constants<Wanted, Value>(
  parseWanted: (text: string) => Wanted | undefined,
  parseValue: (text: string) => Value | undefined,
  compare: (value: Value, wanted: Wanted) => boolean,
  what: string,
): OperatorFamily {
  const compileValue: ValueCompiler = (text, _hasVariables, place) => {
    const wanted = parseWanted(text)
    if (wanted === undefined) throw malformed(text, what, place)
    return valueText => {
      const value = parseValue(valueText)
      return value !== undefined && compare(value, wanted)
    }
  }
  return { compileValue, hasVariables: false }
}

function parseNumber(text: string): number | undefined {
  return /^[+-]?\d{1,30}(\.\d{1,30})?$/.test(text) ? Number(text) : undefined
}

/** The bytes in a form that can be compared. */
function readBinary(text: string): string | undefined {
  return decodeBase64(text)?.toString('base64')
}

function malformed(text: string, what: string, place: string): PolicyProblem {
  return new PolicyProblem(`'${text}' is not ${what}`, place)
}
