import { isAccountId, parseArn, renderArn } from '../domain/index.ts'

/** A policy document cannot be used; the message says why, for the log and for the texts of MalformedPolicyDocument. */
export class PolicyProblem extends Error {}

/** The document uses a policy element that this server does not evaluate, and so must not accept. */
export class UnsupportedPolicyElement extends Error {}

export interface PolicyDocument {
  readonly statements: readonly Statement[]
}

export interface Statement {
  readonly sid: string | undefined
  readonly effect: 'Allow' | 'Deny'
  /** Undefined in identity policies. */
  readonly principals: readonly StatementPrincipal[] | undefined
  /** May be empty: AWS stores such a statement, and it has no effect. */
  readonly actions: readonly string[]
  readonly resources: readonly string[]
}

export type StatementPrincipal =
  | { readonly type: 'everyone' }
  /** The account itself: its root user, and whoever the account lets in through its own policies. */
  | { readonly type: 'account'; readonly accountId: string }
  | { readonly type: 'arn'; readonly arn: string }
  | { readonly type: 'service'; readonly service: string }
  | { readonly type: 'federated'; readonly provider: string }

export type PolicyKind = 'key' | 'identity'

const nestingMax = 10
const statementsMax = 1000
const notEvaluated = ['Condition', 'NotPrincipal', 'NotAction', 'NotResource']
const statementElements = new Set(['Sid', 'Effect', 'Principal', 'Action', 'Resource', ...notEvaluated])
const documentElements = new Set(['Version', 'Id', 'Statement'])
const versions = ['2012-10-17', '2008-10-17']

/**
 * Reads a policy document (IAM user guide, "Grammar of the IAM JSON policy language"). Throws PolicyProblem for
 * anything outside the grammar, UnsupportedPolicyElement for conditions and the Not… elements.
 */
export function parsePolicy(text: string, kind: PolicyKind): PolicyDocument {
  const document = objectOf(parseJson(text), 'The policy')
  checkElements(document, documentElements, 'The policy')
  const { Version: version = '2008-10-17', Id: id = '', Statement: statement } = document
  if (!versions.includes(version as string))
    throw new PolicyProblem('Version must be 2012-10-17 or 2008-10-17')
  if (typeof id !== 'string') throw new PolicyProblem('Id must be a string')
  if (statement === undefined) throw new PolicyProblem('The policy has no Statement')
  const statements = Array.isArray(statement) ? statement : [statement]
  if (statements.length > statementsMax)
    throw new PolicyProblem(`The policy has over ${statementsMax} statements`)
  const parsed = statements.map((item, index) => parseStatement(item, kind, `Statement ${index + 1}`))
  checkSidsUnique(parsed)
  return { statements: parsed }
}

function parseStatement(value: unknown, kind: PolicyKind, where: string): Statement {
  const statement = objectOf(value, where)
  checkElements(statement, statementElements, where)
  const { Sid: sid, Effect: effect, Principal: principal, Action: action, Resource: resource } = statement
  const unsupported = notEvaluated.find(name => Object.hasOwn(statement, name))
  if (unsupported !== undefined) throw new UnsupportedPolicyElement(`${where} has the element ${unsupported}`)
  if (sid !== undefined && typeof sid !== 'string') throw new PolicyProblem(`${where}: Sid must be a string`)
  if (effect !== 'Allow' && effect !== 'Deny')
    throw new PolicyProblem(`${where}: Effect must be Allow or Deny`)
  return {
    sid,
    effect,
    principals: parsePrincipals(principal, kind, where),
    actions: stringsOf(action, `${where}: Action`).map(text => checkAction(text, where)),
    resources: stringsOf(resource, `${where}: Resource`).map(text => checkResource(text, where)),
  }
}

function parsePrincipals(value: unknown, kind: PolicyKind, where: string): StatementPrincipal[] | undefined {
  if (kind === 'identity') {
    if (value !== undefined) throw new PolicyProblem(`${where}: an identity policy has no Principal`)
    return undefined
  }
  if (value === '*') return [{ type: 'everyone' }]
  if (value === undefined) throw new PolicyProblem(`${where}: Principal is missing`)
  const byType = objectOf(value, `${where}: Principal`)
  const principals = Object.entries(byType).flatMap(([type, names]) =>
    stringsOf(names, `${where}: Principal`).map(name => parsePrincipal(type, name, where)),
  )
  if (principals.length === 0) throw new PolicyProblem(`${where}: Principal is empty`)
  return principals
}

function parsePrincipal(type: string, name: string, where: string): StatementPrincipal {
  switch (type) {
    case 'AWS':
      return parseAwsPrincipal(name)
    case 'Service':
      if (!/^[a-z0-9-]+(\.[a-z0-9-]+)+$/.test(name)) throw invalidPrincipal()
      return { type: 'service', service: name }
    case 'Federated':
      return { type: 'federated', provider: name }
    default:
      throw new PolicyProblem(`${where}: Principal cannot have the member ${type}`)
  }
}

function parseAwsPrincipal(name: string): StatementPrincipal {
  if (name === '*') return { type: 'everyone' }
  if (isAccountId(name)) return { type: 'account', accountId: name }
  const arn = parseArn(name)
  const isPrincipal =
    arn !== undefined &&
    arn.accountId !== '' &&
    arn.region === '' &&
    ((arn.service === 'iam' && /^(root|(user|role)\/[\w+=,.@/-]+)$/.test(arn.resource)) ||
      (arn.service === 'sts' && /^(assumed-role|federated-user)\/[\w+=,.@/-]+$/.test(arn.resource)))
  if (!isPrincipal) throw invalidPrincipal()
  if (arn.resource === 'root') return { type: 'account', accountId: arn.accountId }
  // Principals are known by the ARNs of one partition; another's would name nobody, and a Deny of it protect nothing.
  return { type: 'arn', arn: renderArn({ ...arn, partition: 'aws' }) }
}

export const invalidPrincipal = () =>
  new PolicyProblem('Policy contains a statement with one or more invalid principals.')

function checkAction(action: string, where: string): string {
  if (action === '*' || /^[a-zA-Z0-9-]+:[a-zA-Z0-9*?]+$/.test(action)) return action
  throw new PolicyProblem(`${where}: '${action}' is not an action`)
}

function checkResource(resource: string, where: string): string {
  if (!resource.includes('${')) return resource
  throw new UnsupportedPolicyElement(`${where} has a policy variable`)
}

function stringsOf(value: unknown, where: string): string[] {
  if (value === undefined) return []
  const items = Array.isArray(value) ? value : [value]
  if (!items.every(item => typeof item === 'string'))
    throw new PolicyProblem(`${where} must be a string or a list of strings`)
  return items
}

function objectOf(value: unknown, where: string): Record<string, unknown> {
  if (typeof value === 'object' && value !== null && !Array.isArray(value))
    return value as Record<string, unknown>
  throw new PolicyProblem(`${where} must be a JSON object`)
}

function checkElements(object: Record<string, unknown>, known: ReadonlySet<string>, where: string): void {
  const stray = Object.keys(object).find(name => !known.has(name))
  if (stray !== undefined) throw new PolicyProblem(`${where} cannot have the element ${stray}`)
}

function checkSidsUnique(statements: readonly Statement[]): void {
  const sids = statements.map(statement => statement.sid).filter(sid => sid !== undefined && sid !== '')
  if (new Set(sids).size !== sids.length) throw new PolicyProblem('Statement IDs (Sid) must be unique')
}

/** Strict JSON: a member given twice is refused, since readers differ on which one counts. */
function parseJson(text: string): unknown {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    throw new PolicyProblem('The policy is not valid JSON')
  }
  checkStructure(text)
  return value
}

/** Walks the tokens of text that JSON.parse took, for duplicate members and deep nesting. */
function checkStructure(text: string): void {
  /** The member names of each open object, undefined for an open list. */
  const open: (Set<string> | undefined)[] = []
  let lastString = ''
  for (let i = 0; i < text.length; i++) {
    const character = text[i]
    if (character === '"') {
      const end = endOfString(text, i)
      lastString = text.slice(i, end + 1)
      i = end
    } else if (character === '{' || character === '[') {
      open.push(character === '{' ? new Set() : undefined)
      if (open.length > nestingMax) throw new PolicyProblem('The policy is nested too deeply')
    } else if (character === '}' || character === ']') {
      open.pop()
    } else if (character === ':') {
      addMember(open.at(-1), JSON.parse(lastString) as string)
    }
  }
}

function endOfString(text: string, start: number): number {
  let end = start + 1
  while (text[end] !== '"') end += text[end] === '\\' ? 2 : 1
  return end
}

function addMember(names: Set<string> | undefined, name: string): void {
  if (names?.has(name)) throw new PolicyProblem(`The policy has the element ${name} twice`)
  names?.add(name)
}
