import { type Condition, parseConditions } from '../condition/condition.ts'
import {
  checkElements,
  documentElements,
  objectOf,
  parsePolicyJson,
  statementElements,
  stringsOf,
} from './policy-json.ts'
import { type PolicyGrammar, type PolicyKind, policyGrammars } from './policy-kind.ts'
import { parsePrincipals, type StatementPrincipal } from './policy-principal.ts'
import { legacyProblem, PolicyProblem } from './policy-problem.ts'
import { parseTemplate, type Template } from './policy-variable.ts'

export interface PolicyDocument {
  readonly statements: readonly Statement[]
}

export interface Statement {
  readonly sid: string | undefined
  readonly effect: 'Allow' | 'Deny'
  /** Undefined in policies without a Principal element, such as identity policies. */
  readonly principals: Listed<StatementPrincipal> | undefined
  /** May be empty in key policies: AWS stores such a statement, and it has no effect. */
  readonly actions: Listed<string>
  /** Undefined in trust policies, which belong to one role. May be empty in key policies, like `actions`. */
  readonly resources: Listed<StatementResource> | undefined
  readonly conditions: readonly Condition[]
}

/** The items that an element lists, or that a `Not…` element excludes. */
export interface Listed<T> {
  readonly isNot: boolean
  readonly items: readonly T[]
}

export interface StatementResource {
  readonly text: string
  readonly template: Template
}

const statementsMax = 1000
const versions = ['2012-10-17', '2008-10-17']

/** The properties of a document that decide how its statements are read. */
interface Reading {
  readonly kind: PolicyKind
  readonly grammar: PolicyGrammar
  /** Only the newer version of the language has policy variables. */
  readonly hasVariables: boolean
}

/** Reads a policy document (IAM user guide, "Grammar of the IAM JSON policy language"). Throws PolicyProblem. */
export function parsePolicy(text: string, kind: PolicyKind): PolicyDocument {
  const document = objectOf(parsePolicyJson(text), 'The policy')
  checkElements(document, documentElements, 'The policy')
  const { Version: version = '2008-10-17', Id: id = '', Statement: statement } = document
  if (!versions.includes(version as string))
    throw new PolicyProblem('Version must be 2012-10-17 or 2008-10-17')
  if (typeof id !== 'string') throw new PolicyProblem('Id must be a string')
  if (statement === undefined) throw new PolicyProblem('The policy has no Statement')
  const statements = Array.isArray(statement) ? statement : [statement]
  if (statements.length > statementsMax)
    throw new PolicyProblem(`The policy has over ${statementsMax} statements`)
  const reading = { kind, grammar: policyGrammars[kind], hasVariables: version === '2012-10-17' }
  const parsed = statements.map((item, index) => parseStatement(item, reading, `Statement ${index + 1}`))
  checkSidsUnique(parsed)
  return { statements: parsed }
}

function parseStatement(value: unknown, reading: Reading, where: string): Statement {
  const statement = objectOf(value, where)
  checkElements(statement, statementElements, where)
  const { Sid: sid, Effect: effect, Condition: condition } = statement
  if (sid !== undefined && typeof sid !== 'string') throw new PolicyProblem('Sid must be a string', where)
  if (reading.grammar.isOfIam && !/^[A-Za-z0-9]*$/.test(sid ?? ''))
    throw new PolicyProblem('Sid may have letters and digits only', where)
  if (effect !== 'Allow' && effect !== 'Deny') throw new PolicyProblem('Effect must be Allow or Deny', where)
  const options = {
    effect,
    hasVariables: reading.hasVariables,
    isOfKey: reading.kind === 'key',
    areArnsChecked: reading.grammar.isOfIam && reading.kind !== 'session',
  } as const
  const parsed: Statement = {
    sid,
    effect,
    principals: principalsOf(statement, reading.grammar, where),
    actions: actionsOf(statement, reading, where),
    resources: resourcesOf(statement, reading, where),
    conditions: condition === undefined ? [] : parseConditions(condition, options, where),
  }
  if (reading.kind === 'resourceControl') checkResourceControl(parsed, where)
  return parsed
}

/** The value of an element or of its `Not…` form; a statement cannot have both. Throws PolicyProblem. */
function elementOf(statement: Record<string, unknown>, name: string, where: string) {
  const [value, notValue] = [statement[name], statement[`Not${name}`]]
  if (value !== undefined && notValue !== undefined)
    throw new PolicyProblem(`cannot have both ${name} and Not${name}`, where)
  const isNot = notValue !== undefined
  return { value: isNot ? notValue : value, isNot, place: `${where}: ${isNot ? 'Not' : ''}${name}` }
}

function principalsOf(
  statement: Record<string, unknown>,
  { principal }: PolicyGrammar,
  where: string,
): Listed<StatementPrincipal> | undefined {
  const { value, isNot, place } = elementOf(statement, 'Principal', where)
  if (principal === 'prohibited') {
    if (value !== undefined)
      throw new PolicyProblem('Policy document should not specify a principal.', where, 'AWS')
    return undefined
  }
  if (value === undefined) throw new PolicyProblem('Missing required field Principal', where, 'AWS')
  if (principal === 'everyone' && (isNot || (value !== '*' && !isEveryAwsPrincipal(value))))
    throw new PolicyProblem('the Principal of a resource control policy must be "*"', where)
  return { isNot, items: parsePrincipals(value, place) }
}

/** Whether it is `{"AWS": "*"}`, which resource control policies may have instead of `*` (recorded from AWS). */
function isEveryAwsPrincipal(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false
  const [entry, ...others] = Object.entries(value)
  return entry?.[0] === 'AWS' && entry[1] === '*' && others.length === 0
}

function actionsOf(statement: Record<string, unknown>, reading: Reading, where: string): Listed<string> {
  const { value, isNot, place } = elementOf(statement, 'Action', where)
  const items = value === undefined ? [] : stringsOf(value, place)
  // An empty NotAction would mean every action, which no author intends.
  if (items.length === 0 && (isNot || reading.grammar.action === 'required'))
    throw new PolicyProblem('Policy statement must contain actions.', where, 'AWS')
  for (const action of items) checkAction(action, reading.grammar, place)
  if (reading.kind === 'trust' && (isNot || !items.every(action => /^sts:/i.test(action))))
    throw new PolicyProblem('AssumeRole policy may only specify STS AssumeRole actions.', where, 'AWS')
  return { isNot, items }
}

/** IAM takes any name after the vendor, also with spaces (recorded from AWS): such an action matches nothing. */
function checkAction(action: string, { isOfIam }: PolicyGrammar, place: string): void {
  const name = isOfIam ? /^[a-zA-Z0-9.-]+:[^:]+$/ : /^[a-zA-Z0-9.-]+:[a-zA-Z0-9*?-]+$/
  if (action === '*' || name.test(action)) return
  throw new PolicyProblem(`'${action}' is not an action`, place)
}

function resourcesOf(
  statement: Record<string, unknown>,
  { grammar, hasVariables }: Reading,
  where: string,
): Listed<StatementResource> | undefined {
  const { value, isNot, place } = elementOf(statement, 'Resource', where)
  if (grammar.resource === 'prohibited') {
    if (value !== undefined) throw new PolicyProblem('Has prohibited field Resource', where, 'AWS')
    return undefined
  }
  const texts = value === undefined ? [] : stringsOf(value, place)
  if (texts.length === 0 && (isNot || grammar.resource === 'required'))
    throw new PolicyProblem('Policy statement must contain resources.', where, 'AWS')
  const items = texts.map(text => ({
    text,
    template: parseTemplate(completeArn(text, grammar, place), hasVariables, place),
  }))
  for (const { text, template } of items) {
    if (grammar.isOfIam && text !== '*' && !text.startsWith('arn:'))
      throw new PolicyProblem(`Resource ${text} must be in ARN format or "*".`, where, 'AWS')
    checkVariablePlace(text, template, place)
  }
  return { isNot, items }
}

function completeArn(text: string, { incompleteArn }: PolicyGrammar, place: string): string {
  if (incompleteArn === 'kept' || !text.startsWith('arn:')) return text
  const missing = 6 - text.replaceAll(/\$\{[^${}]*\}/g, '').split(':').length
  if (missing > 0 && incompleteArn === 'refused')
    throw new PolicyProblem(`The resource ${text} has fewer than the six parts of an ARN.`, place)
  return text + ':*'.repeat(Math.max(0, missing))
}

/**
 * Policy variables may stand in the last part of an ARN (IAM user guide, "Variables and tags", "Where you can use policy
 * variables"), and AWS takes them in place of the account too: its own AmazonTimestreamInfluxDBServiceRolePolicy has
 * `${aws:PrincipalAccount}` there. Throws PolicyProblem.
 */
function checkVariablePlace(text: string, template: Template, place: string): void {
  if (!text.startsWith('arn:')) return
  const first = template.findIndex(part => part.type === 'variable')
  if (first < 0) return
  const before = template.slice(0, first).map(part => (part.type === 'variable' ? '' : part.text))
  if (before.join('').split(':').length < 5)
    throw legacyProblem(`'${text}' has a policy variable before its fourth colon`, place)
}

/**
 * Only the default resource control policy, `RCPFullAWSAccess`, may allow, and only it may have all actions (AWS Organizations
 * user guide, "RCP syntax"). Throws PolicyProblem.
 */
function checkResourceControl({ effect, actions, resources, conditions }: Statement, where: string): void {
  if (actions.isNot) throw new PolicyProblem('a resource control policy cannot have NotAction', where)
  if (effect === 'Deny') {
    if (actions.items.includes('*'))
      throw new PolicyProblem('a resource control policy must name services in its actions', where)
    return
  }
  const isOnlyStar = (items: readonly string[] = []) => items.length === 1 && items[0] === '*'
  const isFullAccess =
    isOnlyStar(actions.items) &&
    resources?.isNot === false &&
    isOnlyStar(resources.items.map(({ text }) => text)) &&
    conditions.length === 0
  if (!isFullAccess) throw new PolicyProblem('a resource control policy cannot allow', where)
}

function checkSidsUnique(statements: readonly Statement[]): void {
  const sids = statements.map(statement => statement.sid).filter(sid => sid !== undefined && sid !== '')
  if (new Set(sids).size !== sids.length)
    throw new PolicyProblem('Statement IDs (SID) in a single policy must be unique.', '', 'AWS')
}
