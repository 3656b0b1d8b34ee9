import { decodeBase64 } from '../../std/index.ts'
import type { DecisionContext } from '../budget/decision-context.ts'
import { type Steps, uncounted } from '../budget/step-budget.ts'
import { canBeArn, compileArnPattern } from '../pattern/arn-pattern.ts'
import { foldCase } from '../pattern/fold-case.ts'
import { compilePattern, compileText, type Pattern } from '../pattern/wildcard.ts'
import { legacyProblem, type PolicyProblem } from '../policy/policy-problem.ts'
import {
  constantPattern,
  expandPattern,
  expandText,
  isConstant,
  parseTemplate,
  plainText,
  type Template,
} from '../policy/policy-variable.ts'
import { parseConditionDate } from './condition-date.ts'
import { compareDecimals, parseDecimal } from './decimal.ts'
import { isInRange, parseIpAddress, parseIpRange } from './ip-range.ts'

/**
 * Whether a value of the request matches a value of the policy, or why that is not known: `noValue` if a policy variable has no
 * value, `noPattern` if the value of the policy is not a pattern once its variables are replaced.
 */
export type ValueMatch = boolean | 'noValue' | 'noPattern'
/** Tests a value of the request in the form that `readOperand` gave it. */
export type ValueTest<Operand = unknown> = (operand: Operand, context: DecisionContext) => ValueMatch
/** A value of the policy that equals what `readOperand` gives. A condition looks all of these up at once. */
export interface EqualValue {
  readonly equals: unknown
}

/** Compiles a value of the policy. Throws PolicyProblem for a value that the operator cannot compare with. */
type ValueCompiler<Operand> = (
  text: string,
  hasVariables: boolean,
  place: string,
) => ValueTest<Operand> | EqualValue

type OperatorFamily<Operand = unknown> = Omit<ConditionOperator<Operand>, 'isNegated'>

/**
 * A condition operator. It turns a value of the request into an `Operand` only once, and then compares that with all values of
 * the policy, of which there can be thousands.
 */
export interface ConditionOperator<Operand = unknown> {
  /** Undefined for a value that the operator cannot compare. The caller counts a step for each character of it. */
  readonly readOperand: (value: string, steps: Steps) => Operand | undefined
  /** Whether a value that it cannot compare matches nothing, or meets neither the operator nor its opposite. */
  readonly unreadable: 'matchesNothing' | 'meetsNeither'
  readonly compileValue: ValueCompiler<Operand>
  readonly isNegated: boolean
  /** Whether policy variables are replaced in its values. */
  readonly hasVariables: boolean
}

const asItIs = (text: string) => text
const stringEquals = texts(asItIs)
const stringEqualsIgnoreCase = texts(foldCase)
const stringLike = patterns()
const arnLike: OperatorFamily = family({
  readOperand: (value, steps) => {
    steps.spend(32)
    return isArn(value) ? value : undefined
  },
  unreadable: 'meetsNeither',
  compileValue: compileArnValue,
  hasVariables: true,
})
/** Every value other than `true` counts as false, in policies and in requests (recorded from AWS). */
const bool = texts(text => text.length === 4 && text.toLowerCase() === 'true')
const ipAddress = constants(parseIpRange, parseIpAddress, isInRange, 'an IP address or range', 'meetsNeither')

const compareNumbers = (compare: Comparison) =>
  constants(
    parseDecimal,
    parseDecimal,
    (value, expected) => compare(compareDecimals(value, expected), 0),
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
    BinaryEquals: matching(
      constants(readBinary, readBinary, (value, expected) => value === expected, 'base64'),
    ),
    IpAddress: matching(ipAddress),
    NotIpAddress: negated(ipAddress),
    // ArnEquals and ArnLike behave identically.
    ArnEquals: matching(arnLike),
    ArnNotEquals: negated(arnLike),
    ArnLike: matching(arnLike),
    ArnNotLike: negated(arnLike),
  }),
)

/**
 * Finds an operator by its name (IAM user guide, "IAM JSON policy elements: Condition operators"), without a set operator and
 * without `IfExists`. `Null` is not among them.
 */
export function findConditionOperator(name: string): ConditionOperator | undefined {
  return operators.get(name)
}

/** Hides the operand's type, which only matters inside the operator: it receives only operands that it read itself. */
function family<Operand>(operator: OperatorFamily<Operand>): OperatorFamily {
  return operator as OperatorFamily
}

function matching(operator: OperatorFamily): ConditionOperator {
  return { ...operator, isNegated: false }
}

function negated(operator: OperatorFamily): ConditionOperator {
  return { ...operator, isNegated: true }
}

type Comparison = (value: number, expected: number) => boolean

function comparing(
  type: string,
  compiler: (compare: Comparison) => OperatorFamily,
): Record<string, ConditionOperator> {
  const equal = compiler((value, expected) => value === expected)
  return {
    [`${type}Equals`]: matching(equal),
    [`${type}NotEquals`]: negated(equal),
    [`${type}LessThan`]: matching(compiler((value, expected) => value < expected)),
    [`${type}LessThanEquals`]: matching(compiler((value, expected) => value <= expected)),
    [`${type}GreaterThan`]: matching(compiler((value, expected) => value > expected)),
    [`${type}GreaterThanEquals`]: matching(compiler((value, expected) => value >= expected)),
  }
}

/** Operators that compare what `read` returns for two texts. Their values can have policy variables. */
function texts(read: (text: string, steps: Steps) => string | boolean): OperatorFamily {
  const compileValue: ValueCompiler<string | boolean> = (text, hasVariables, place) => {
    const template = parseTemplate(text, hasVariables, place)
    const constant = constantText(template)
    if (constant === undefined) {
      return (operand, context) => {
        const expected = context.once(template, () => {
          const expanded = expandText(template, context)
          return expanded === undefined ? undefined : read(expanded, context)
        })
        return expected === undefined ? 'noValue' : expected === operand
      }
    }
    return { equals: read(constant, uncounted) }
  }
  return family({ readOperand: read, unreadable: 'matchesNothing', compileValue, hasVariables: true })
}

function constantText(template: Template): string | undefined {
  return isConstant(template)
    ? template.map(part => (part.type === 'variable' ? '' : part.text)).join('')
    : undefined
}

/** Operators on texts with wildcards and policy variables. */
function patterns(): OperatorFamily {
  const compileValue: ValueCompiler<string> = (text, hasVariables, place) => {
    const template = parseTemplate(text, hasVariables, place)
    const plain = plainText(template)
    if (plain !== undefined) return /[*?]/.test(plain) ? compileText(plain) : { equals: plain }
    if (isConstant(template)) return compilePattern(constantPattern(template))
    return (value, context) => {
      const matches = context.once(template, () => {
        const pattern = expandPattern(template, context)
        return pattern && compilePattern(pattern)
      })
      return matches === undefined ? 'noValue' : matches(value, context)
    }
  }
  return family({ readOperand: asItIs, unreadable: 'matchesNothing', compileValue, hasVariables: true })
}

/**
 * Compiles an ARN with wildcards and policy variables. A value of the request that is not an ARN meets neither the operator nor
 * its opposite. A value of the policy that cannot be the pattern of an ARN is a mistake (recorded from AWS).
 */
function compileArnValue(text: string, hasVariables: boolean, place: string): ValueTest<string> {
  const template = parseTemplate(text, hasVariables, place)
  const constant = isConstant(template) ? compileArn(constantPattern(template)) : undefined
  return (value, context) => {
    if (constant !== undefined) return constant(value, context)
    const matches = context.once(template, () => {
      const pattern = expandPattern(template, context)
      return pattern && compileArn(pattern)
    })
    return matches === undefined ? 'noValue' : matches(value, context)
  }
}

/** `*` alone matches any ARN. A pattern with fewer parts than an ARN matches none. */
function compileArn(pattern: Pattern): ValueTest<string> {
  if (!canBeArn(pattern)) return () => 'noPattern'
  const matches = compileArnPattern(pattern)
  if (matches !== undefined) return matches
  const matchesWhole = compilePattern(pattern)
  return matchesWhole('', uncounted) && matchesWhole('arn:', uncounted) ? isArn : () => false
}

/** Whether it has the six parts of an ARN. */
function isArn(value: string): boolean {
  let colon = -1
  for (let parts = 1; parts < 6; parts++) {
    colon = value.indexOf(':', colon + 1)
    if (colon < 0) return false
  }
  return true
}

/**
 * Operators without policy variables, so that a value of the policy is read only once. By default, a value of the request that
 * cannot be read matches nothing, and the negated operator is met (recorded from AWS).
 */
function constants<Expected, Operand>(
  parseExpected: (text: string) => Expected | undefined,
  readOperand: (text: string, steps: Steps) => Operand | undefined,
  compare: (operand: Operand, expected: Expected) => boolean,
  typeName: string,
  unreadable: ConditionOperator['unreadable'] = 'matchesNothing',
): OperatorFamily {
  const compileValue: ValueCompiler<Operand> = (text, _hasVariables, place) => {
    const expected = parseExpected(text)
    if (expected === undefined) throw malformed(text, typeName, place)
    return (operand, context) => {
      context.spend(perComparison)
      return compare(operand, expected)
    }
  }
  const counted = (text: string, steps: Steps) => {
    steps.spend(perReading)
    return readOperand(text, steps)
  }
  return family({ readOperand: counted, unreadable, compileValue, hasVariables: false })
}

/** The steps of reading a number, a date or an address, and of comparing two of them. */
const perReading = 500
const perComparison = 16

/** The bytes as canonical base64, which can be compared. */
function readBinary(text: string, steps: Steps = uncounted): string | undefined {
  steps.spend(4 * text.length)
  return decodeBase64(text)?.toString('base64')
}

function malformed(text: string, typeName: string, place: string): PolicyProblem {
  return legacyProblem(`'${text}' is not ${typeName}`, place)
}
