import { parseConditions } from '../condition/condition.ts'
import {
  checkElements,
  documentElements,
  objectOf,
  statementElements,
  stringsOf,
} from '../policy/policy-json.ts'
import { awsProblem, isLegacyProblem, legacyProblem, PolicyProblem } from '../policy/policy-problem.ts'

/** A statement of an identity policy after the grammar, before the rules for its content. */
export interface GivenStatement {
  readonly sid: string
  /** Undefined if the statement has no such element, or an empty list. */
  readonly actions: readonly string[] | undefined
  readonly resources: readonly string[] | undefined
  readonly hasPrincipal: boolean
  /** The first value that AWS's older parser cannot read. AWS reports it after all faults of the grammar. */
  readonly legacy: PolicyProblem | undefined
  readonly where: string
}

/** Reads the statements of a document by the grammar alone. Throws PolicyProblem for what AWS calls syntax errors. */
export function readStatements(document: Record<string, unknown>, kind: 'identity' | 'session') {
  checkElements(document, documentElements, 'The policy')
  const { Version: version = '2008-10-17', Id: id = '', Statement: given } = document
  if (version !== '2012-10-17' && version !== '2008-10-17')
    throw new PolicyProblem('Version must be 2012-10-17 or 2008-10-17')
  if (typeof id !== 'string') throw new PolicyProblem('Id must be a string')
  const statements = Array.isArray(given) ? given : [given]
  if (statements.length === 0) throw new PolicyProblem('The policy has no statements')
  return statements.map((statement, index) =>
    readStatement(statement, version === '2012-10-17', kind, `Statement ${index + 1}`),
  )
}

function readStatement(
  value: unknown,
  hasVariables: boolean,
  kind: 'identity' | 'session',
  where: string,
): GivenStatement {
  const statement = objectOf(value, where)
  checkElements(statement, statementElements, where)
  const { Sid: sid = '', Effect: effect, Condition: condition } = statement
  if (typeof sid !== 'string') throw new PolicyProblem('Sid must be a string', where)
  if (typeof effect !== 'string' || !/^(?:allow|deny)$/i.test(effect))
    throw new PolicyProblem('Effect must be Allow or Deny', where)
  return {
    sid,
    actions: listOf(statement, 'Action', where),
    resources: listOf(statement, 'Resource', where),
    hasPrincipal: statement['Principal'] !== undefined || statement['NotPrincipal'] !== undefined,
    legacy: /^(?:Allow|Deny)$/.test(effect)
      ? legacyOfCondition(condition, hasVariables, kind, where)
      : legacyProblem('Effect must be Allow or Deny, in this case', where),
    where,
  }
}

function listOf(statement: Record<string, unknown>, name: string, where: string): string[] | undefined {
  const [value, notValue] = [statement[name], statement[`Not${name}`]]
  if (value !== undefined && notValue !== undefined)
    throw new PolicyProblem(`cannot have both ${name} and Not${name}`, where)
  const given = value ?? notValue
  if (given === undefined) return undefined
  const items = stringsOf(given, `${where}: ${value === undefined ? 'Not' : ''}${name}`)
  return items.length === 0 ? undefined : items
}

/** Returns the problem of a condition's value; throws that of its structure. */
function legacyOfCondition(
  condition: unknown,
  hasVariables: boolean,
  kind: 'identity' | 'session',
  where: string,
): PolicyProblem | undefined {
  if (condition === undefined) return undefined
  const options = {
    effect: 'Allow',
    hasVariables,
    isOfKey: false,
    areArnsChecked: kind === 'identity',
  } as const
  try {
    parseConditions(condition, options, where)
    return undefined
  } catch (problem) {
    if (problem instanceof PolicyProblem && isLegacyProblem(problem)) return problem
    throw problem
  }
}

/** Returns AWS's problem with the Sid of a statement; undefined for one that may be put. */
export function problemOfSid(sid: string, where: string): PolicyProblem | undefined {
  if (/^[0-9A-Za-z]*$/.test(sid)) return undefined
  return awsProblem(
    'Statement IDs (SID) must be alpha-numeric. Check that your input satisfies the regular expression [0-9A-Za-z]*',
    where,
  )
}
