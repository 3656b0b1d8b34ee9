import { decodeBase64 } from '../../std/index.ts'
import { canBeArn, compileArnPattern } from '../pattern/arn-pattern.ts'
import { foldCase } from '../pattern/fold-case.ts'
import { compilePattern, type Matcher, type Pattern } from '../pattern/wildcard.ts'
import { PolicyProblem } from '../policy/policy-problem.ts'
import {
  constantPattern,
  expandPattern,
  expandText,
  isConstant,
  parseTemplate,
  type Template,
} from '../policy/policy-variable.ts'
import type { ConditionContext } from './condition-context.ts'
import { parseConditionDate } from './condition-date.ts'
import { compareDecimals, parseDecimal } from './decimal.ts'
import { isInRange, parseIpAddress, parseIpRange } from './ip-range.ts'

/**
 * Whether a value of the request matches one of the policy, or why that cannot be said: `noValue` where a policy variable has
 * none, and `noPattern` where that of the policy is none once its variables are replaced.
 */
export type ValueMatch = boolean | 'noValue' | 'noPattern'
/** Takes a value of the request as the operator has read it. */
export type ValueTest<Operand = unknown> = (operand: Operand, context: ConditionContext) => ValueMatch

/** Compiles a value of the policy. Throws PolicyProblem for one that the operator cannot compare with. */
type ValueCompiler<Operand> = (text: string, hasVariables: boolean, place: string) => ValueTest<Operand>

type OperatorFamily<Operand = unknown> = Omit<ConditionOperator<Operand>, 'isNegated'>

/** `Operand`: what it makes of a value of the request, once for all values of the policy, of which there can be thousands. */
export interface ConditionOperator<Operand = unknown> {
  /** Undefined for a value that it does not compare. */
  readonly readOperand: (value: string) => Operand | undefined
  /** What a value that it does not compare is: one that matches nothing, or one that meets neither it nor its opposite. */
  readonly unreadable: 'matchesNothing' | 'meetsNeither'
  readonly compileValue: ValueCompiler<Operand>
  readonly isNegated: boolean
  /** Whether policy variables are replaced in its values. */
  readonly hasVariables: boolean
}

const asItIs = (text: string) => text
const stringEquals = texts(asItIs)
const stringEqualsIgnoreCase = texts(foldCase)
const stringLike = patterns(compilePattern)
const arnLike: OperatorFamily = family({
  readOperand: value => (isArn(value) ? value : undefined),
  unreadable: 'meetsNeither',
  compileValue: compileArnValue,
  hasVariables: true,
})
/** Whatever is not `true` is false, in policies and in requests (recorded from AWS). */
const bool = texts(text => text.toLowerCase() === 'true')
const ipAddress = constants(parseIpRange, parseIpAddress, isInRange, 'an IP address or range', 'meetsNeither')

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

/** What each makes of values is its own affair, as long as it gets back what it made. */
function family<Operand>(operator: OperatorFamily<Operand>): OperatorFamily {
  return operator as OperatorFamily
}

function matching(operator: OperatorFamily): ConditionOperator {
  return { ...operator, isNegated: false }
}

function negated(operator: OperatorFamily): ConditionOperator {
  return { ...operator, isNegated: true }
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

/** Operators on texts that are equal where what is read of them is, with policy variables. */
function texts(read: (text: string) => string | boolean): OperatorFamily {
  const compileValue: ValueCompiler<string | boolean> = (text, hasVariables, place) => {
    const template = parseTemplate(text, hasVariables, place)
    const constant = constantText(template)
    if (constant === undefined) {
      return (operand, context) => {
        const wanted = expandText(template, context)
        return wanted === undefined ? 'noValue' : read(wanted) === operand
      }
    }
    const wanted = read(constant)
    return operand => wanted === operand
  }
  return family({ readOperand: read, unreadable: 'matchesNothing', compileValue, hasVariables: true })
}

function constantText(template: Template): string | undefined {
  return isConstant(template)
    ? template.map(part => (part.type === 'variable' ? '' : part.text)).join('')
    : undefined
}

/** Operators on texts with wildcards and policy variables. */
function patterns(compile: (pattern: Pattern) => Matcher): OperatorFamily {
  const compileValue: ValueCompiler<string> = (text, hasVariables, place) => {
    const template = parseTemplate(text, hasVariables, place)
    if (isConstant(template)) return compile(constantPattern(template))
    return (value, context) => {
      const pattern = expandPattern(template, context)
      return pattern === undefined ? 'noValue' : compile(pattern)(value)
    }
  }
  return family({ readOperand: asItIs, unreadable: 'matchesNothing', compileValue, hasVariables: true })
}

/**
 * ARNs with wildcards and policy variables. A text of the request that is no ARN is neither like one nor not like one, and a
 * text of the policy that cannot be the pattern of one is a mistake (recorded from AWS).
 */
function compileArnValue(text: string, hasVariables: boolean, place: string): ValueTest<string> {
  const template = parseTemplate(text, hasVariables, place)
  const constant = isConstant(template) ? compileArn(constantPattern(template)) : undefined
  return (value, context) => {
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

/**
 * Operators without policy variables, whose values are read once. As a rule a value of the request that cannot be read matches
 * nothing, so that the negated operator is met (recorded from AWS).
 */
function constants<Wanted, Operand>(
  parseWanted: (text: string) => Wanted | undefined,
  readOperand: (text: string) => Operand | undefined,
  compare: (operand: Operand, wanted: Wanted) => boolean,
  what: string,
  unreadable: ConditionOperator['unreadable'] = 'matchesNothing',
): OperatorFamily {
  const compileValue: ValueCompiler<Operand> = (text, _hasVariables, place) => {
    const wanted = parseWanted(text)
    if (wanted === undefined) throw malformed(text, what, place)
    return operand => compare(operand, wanted)
  }
  return family({ readOperand, unreadable, compileValue, hasVariables: false })
}

/** The bytes in a form that can be compared. */
function readBinary(text: string): string | undefined {
  return decodeBase64(text)?.toString('base64')
}

function malformed(text: string, what: string, place: string): PolicyProblem {
  return new PolicyProblem(`'${text}' is not ${what}`, place)
}
