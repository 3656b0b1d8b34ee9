import { BlockList, isIP, isIPv4 } from 'node:net'
import type { AccessGrant, PolicyKind } from '../../src/access/index.ts'
import type { Principal } from '../../src/domain/index.ts'

// A second evaluator of the policy language, which is written to be plain: it has no compiler and no caches, and uses
// regular expressions for wildcards. It reads only valid documents. If it and the engine differ, one of them is wrong.

export type Text = string | number | boolean
export interface NaiveStatement {
  readonly Sid?: string
  readonly Effect: 'Allow' | 'Deny'
  readonly [element: string]: unknown
}
export interface NaiveDocument {
  readonly Version?: string
  readonly Statement: readonly NaiveStatement[]
}
export interface NaiveWorld {
  readonly principal: Principal
  readonly action: string
  readonly resource: { readonly arn: string; readonly accountId: string }
  /** The values of each condition key, whose name is in lower case. */
  readonly context: Readonly<Record<string, readonly string[]>>
  readonly policies: {
    readonly key: NaiveDocument | undefined
    readonly identity: readonly NaiveDocument[]
    readonly boundary: NaiveDocument | undefined
    readonly session: readonly NaiveDocument[] | undefined
    readonly serviceControl: readonly (readonly NaiveDocument[])[] | undefined
    readonly resourceControl: readonly (readonly NaiveDocument[])[] | undefined
    readonly endpoint: NaiveDocument | undefined
    /** A grant that names the principal. */
    readonly grant: AccessGrant | undefined
  }
}

type Match = 'principal' | 'role' | 'account'

/** Returns `allow`, `deny TYPE` or `missing TYPE`, with AWS's names of the types of policy. */
export function decideNaively(world: NaiveWorld): string {
  const { principal, policies } = world
  const isService = principal.type === 'AWSService'
  const isServiceLinked =
    principal.type === 'AssumedRole' && principal.roleArn.includes(':role/aws-service-role/')
  const scp = isService || isServiceLinked ? undefined : policies.serviceControl
  const rcp = isServiceLinked ? undefined : policies.resourceControl
  const session = policies.session ?? (principal.type === 'FederatedUser' ? [] : undefined)
  const present = (document: NaiveDocument | undefined) => (document === undefined ? [] : [document])
  const byType: [string, PolicyKind, readonly NaiveDocument[]][] = [
    ['resource control', 'resourceControl', (rcp ?? []).flat()],
    ['service control', 'serviceControl', (scp ?? []).flat()],
    ['VPC endpoint', 'endpoint', present(policies.endpoint)],
    ['resource-based', 'key', present(policies.key)],
    ['identity-based', 'identity', isService ? [] : policies.identity],
    ['permissions boundary', 'boundary', isService ? [] : present(policies.boundary)],
    ['session', 'session', isService ? [] : (session ?? [])],
  ]
  for (const [type, kind, documents] of byType) {
    if (documents.some(document => matchesOf(world, document, kind, 'Deny').length > 0)) return `deny ${type}`
  }
  const allows: Allows = (kind, documents) =>
    documents.flatMap(document => matchesOf(world, document, kind, 'Allow'))
  if (scp?.some(level => allows('serviceControl', level).length === 0)) return 'missing service control'
  const byOthers = decideByAllows(world, session, allows)
  if (byOthers !== 'allow' || policies.endpoint === undefined) return byOthers
  return allows('endpoint', [policies.endpoint]).length === 0 ? 'missing VPC endpoint' : 'allow'
}

/** The statements of policies that allow the request. */
type Allows = (kind: PolicyKind, documents: readonly NaiveDocument[]) => Match[]

/** The decision of the policies of the resource and the principal, when no policy denies. */
function decideByAllows(
  { principal, policies, resource }: NaiveWorld,
  session: readonly NaiveDocument[] | undefined,
  allows: Allows,
): string {
  const isService = principal.type === 'AWSService'
  const isHome = principal.accountId === resource.accountId
  const limit = () => {
    if (policies.boundary !== undefined && allows('boundary', [policies.boundary]).length === 0)
      return 'missing permissions boundary'
    return session !== undefined && allows('session', session).length === 0 ? 'missing session' : 'allow'
  }
  const throughIdentity = () =>
    principal.type !== 'Root' && allows('identity', policies.identity).length === 0
      ? 'missing identity-based'
      : limit()
  const throughPolicies = () => {
    if (policies.key === undefined) {
      if (isService) return isHome ? 'missing identity-based' : 'missing resource-based'
      return isHome ? throughIdentity() : 'missing resource-based'
    }
    const inKey = allows('key', [policies.key])
    if (inKey.length === 0) return 'missing resource-based'
    if (isService || (isHome && inKey.includes('principal'))) return 'allow'
    return isHome && inKey.includes('role') ? limit() : throughIdentity()
  }
  const { grant } = policies
  const withoutGrant = throughPolicies()
  if (withoutGrant === 'allow' || grant === undefined) return withoutGrant
  if (isService) return 'allow'
  const isOwn = grant.issuingAccountId === principal.accountId
  switch (grant.match) {
    case 'directly':
      return isOwn ? 'allow' : throughIdentity()
    case 'throughRole':
      return isOwn || limit() !== 'allow' ? limit() : throughIdentity()
    case 'throughAccount':
      return throughIdentity()
  }
}

function matchesOf(world: NaiveWorld, document: NaiveDocument, kind: PolicyKind, effect: string): Match[] {
  const { action, resource, context } = world
  return document.Statement.flatMap(statement => {
    if (statement.Effect !== effect) return []
    const isDeny = effect === 'Deny'
    const variables = { isOn: document.Version === '2012-10-17', context, isDeny }
    const fits = (pattern: string, value: string) => new RegExp(`^${toSource(pattern)}$`, 's').test(value)
    if (!listed(statement, 'Action', item => fits(item.toLowerCase(), action.toLowerCase()))) return []
    const ofResource = (item: string) => fitsPattern(resourcePattern(item, kind), resource.arn, variables)
    if (!listed(statement, 'Resource', ofResource, isDeny)) return []
    const conditions = Object.entries(
      (statement['Condition'] ?? {}) as Record<string, Record<string, unknown>>,
    )
    for (const [operator, keys] of conditions) {
      for (const [key, values] of Object.entries(keys)) {
        if (!isMet(operator, key.toLowerCase(), listOf(values).map(String), variables)) return []
      }
    }
    const match = ['key', 'endpoint', 'resourceControl', 'trust'].includes(kind)
      ? matchPrincipal(world, statement)
      : 'principal'
    return match === undefined ? [] : [match]
  })
}

/** The whole pattern of a resource, since policies of identities may leave out the end of an ARN. */
function resourcePattern(item: string, kind: PolicyKind): string {
  if (!item.startsWith('arn:') || ['key', 'endpoint'].includes(kind)) return item
  let completed = item
  while (completed.split(':').length < 6) completed += ':*'
  return completed
}

const listOf = (value: unknown): Text[] => (value === undefined ? [] : ([value].flat() as Text[]))

/**
 * Whether a statement lists a value in an element or its Not… form. `matches` returns undefined if nobody can know. A Not…
 * element of a Deny takes that as no match, and a Not… element of an Allow takes it as a match.
 */
function listed(
  statement: NaiveStatement,
  element: string,
  matches: (item: string) => boolean | undefined,
  isDeny = false,
): boolean {
  const left = statement[`Not${element}`]
  if (left === undefined) return listOf(statement[element]).some(item => matches(String(item)) === true)
  return listOf(left).every(item => {
    const result = matches(String(item))
    return result === undefined ? isDeny : !result
  })
}

function matchPrincipal({ principal, policies }: NaiveWorld, statement: NaiveStatement): Match | undefined {
  const left = statement['NotPrincipal']
  const value = (left ?? statement['Principal']) as string | Record<string, unknown>
  const names = typeof value === 'string' ? ['*'] : Object.values(value).flatMap(listOf).map(String)
  const has = (...wanted: string[]) => wanted.some(name => names.includes(name))
  const hasAccount = has(principal.accountId, `arn:aws:iam::${principal.accountId}:root`)
  if (left !== undefined) {
    // A Deny with NotPrincipal reaches everyone with a permissions boundary (IAM user guide, "Permissions boundaries").
    const isBounded = policies.boundary !== undefined && principal.type !== 'AWSService'
    if (isBounded && statement.Effect === 'Deny') return 'principal'
    if (has('*')) return undefined
    const chain =
      principal.type === 'AWSService'
        ? [has(principal.service)]
        : principal.type === 'Root'
          ? [hasAccount]
          : [
              hasAccount,
              has(principal.arn),
              ...(principal.type === 'AssumedRole' ? [has(principal.roleArn)] : []),
            ]
    const isLeftOut = statement.Effect === 'Deny' ? !chain.includes(false) : chain.includes(true)
    return isLeftOut ? undefined : 'principal'
  }
  if (has('*') || has(principal.arn)) return 'principal'
  if (principal.type === 'AWSService') return undefined
  if (principal.type === 'AssumedRole' && has(principal.roleArn)) return 'role'
  return hasAccount ? (principal.type === 'Root' ? 'principal' : 'account') : undefined
}

interface Variables {
  readonly isOn: boolean
  readonly context: NaiveWorld['context']
  readonly isDeny: boolean
}

const quote = (text: string) => text.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&')
const toSource = (pattern: string) => quote(pattern).replaceAll('\\*', '.*').replaceAll('\\?', '.')
const variable = /\$\{([^},]+)(?:, *'([^']*)')?\}/g

/** The pieces of a text: written text, and values of variables. Undefined if a variable has no value. */
function pieces(text: string, { isOn, context }: Variables) {
  if (!isOn) return [{ isWritten: true, text }]
  const found: { isWritten: boolean; text: string }[] = []
  let at = 0
  for (const match of text.matchAll(variable)) {
    found.push({ isWritten: true, text: text.slice(at, match.index) })
    at = match.index + match[0].length
    const [, key = '', fallback] = match
    const values = context[key.toLowerCase()] ?? []
    const given = isList(key.toLowerCase()) || values.length > 1 ? undefined : values[0]
    const value = '*?$'.includes(key) ? key : values.length === 0 ? fallback : given
    if (value === undefined) return undefined
    found.push({ isWritten: false, text: value })
  }
  return [...found, { isWritten: true, text: text.slice(at) }]
}

function fitsPattern(pattern: string, value: string, variables: Variables): boolean | undefined {
  const parts = pieces(pattern, variables)
  if (parts === undefined) return undefined
  const source = parts.map(part => (part.isWritten ? toSource(part.text) : quote(part.text))).join('')
  return new RegExp(`^${source}$`, 's').test(value)
}

function equals(wanted: string, value: string, variables: Variables): boolean | undefined {
  const parts = pieces(wanted, variables)
  return parts && parts.map(({ text }) => text).join('') === value
}

/** Whether a condition key is a list even with one value. */
const isList = (key: string) => key === 'aws:tagkeys'

/** Compares each part of an ARN by itself. A pattern that is only a star matches every ARN. */
function fitsArn(pattern: string, value: string, variables: Variables): Fit {
  if (value.split(':').length < 6) return 'neither'
  const parts = pieces(pattern, variables)
  if (parts === undefined) return undefined
  if (pattern === '*') return true
  if (!/^(arn:|\*)/.test(parts.map(({ text }) => text).join(''))) return 'mistake'
  const marked = parts.map(part => (part.isWritten ? toSource(part.text) : quote(part.text))).join('')
  const split = (text: string) => [...text.split(':').slice(0, 5), text.split(':').slice(5).join(':')]
  if (marked.split(':').length < 6) return false
  return split(marked).every((part, i) => new RegExp(`^${part}$`, 's').test(split(value)[i] ?? ''))
}

const comparisons: Record<string, (value: number, wanted: number) => boolean> = {
  Equals: (value, wanted) => value === wanted,
  LessThan: (value, wanted) => value < wanted,
  LessThanEquals: (value, wanted) => value <= wanted,
  GreaterThan: (value, wanted) => value > wanted,
  GreaterThanEquals: (value, wanted) => value >= wanted,
}

/** `neither`: the operator does not match, and its negation does not match. `mistake`: the policy is wrong, so a Deny applies. */
type Fit = boolean | undefined | 'neither' | 'mistake'

function compare(operator: string, wanted: string, value: string, variables: Variables): Fit {
  const [, type = '', how = ''] = /^(String|Numeric|Date|Arn)?(.*)$/.exec(operator) ?? []
  if (type === 'String' && how === 'EqualsIgnoreCase') {
    const text = pieces(wanted, variables)?.map(part => part.text)
    return text && text.join('').toLowerCase() === value.toLowerCase()
  }
  if (type === 'String') return (how === 'Like' ? fitsPattern : equals)(wanted, value, variables)
  if (type === 'Arn') return fitsArn(wanted, value, variables)
  if (type === 'Numeric') return comparisons[how]?.(Number(value), Number(wanted))
  if (type === 'Date') return comparisons[how]?.(Date.parse(value), Date.parse(wanted))
  if (how === 'IpAddress') return isIP(value) === 0 ? 'neither' : isInSubnet(wanted, value)
  if (how === 'Bool') return (wanted.toLowerCase() === 'true') === (value.toLowerCase() === 'true')
  return wanted === value
}

function isInSubnet(wanted: string, value: string): boolean {
  const [address = '', prefix] = wanted.split('/')
  const family = (text: string) => (isIPv4(text) ? 'ipv4' : 'ipv6')
  if (family(address) !== family(value)) return false
  const list = new BlockList()
  list.addSubnet(address, Number(prefix ?? (isIPv4(address) ? 32 : 128)), family(address))
  return list.check(value, family(value))
}

function isMet(name: string, key: string, wanted: readonly string[], variables: Variables): boolean {
  const [, set, operator = '', ifExists] = /^(?:(\w+):)?(\w+?)(IfExists)?$/.exec(name) ?? []
  const values = variables.context[key] ?? []
  if (operator === 'Null') return wanted.includes(String(values.length === 0))
  const isNegated = operator.includes('Not')
  if (values.length === 0) return isMetByNothing(set, isNegated, ifExists !== undefined)
  if (set === undefined && isList(key)) return false
  const one = (value: string) => {
    const results = wanted.map(text => compare(operator.replace('Not', ''), text, value, variables))
    const first = results.find(result => result === true || typeof result === 'string')
    if (first === 'neither') return false
    if (first === 'mistake') return variables.isDeny
    if (first === true) return !isNegated
    return isNegated && (variables.isDeny || !results.includes(undefined))
  }
  const isForAll = set === 'ForAllValues' || (set === undefined && isNegated)
  return isForAll ? values.every(one) : values.some(one)
}

/**
 * Whether a key without values meets an operator. The user guide says of each set operator which result it has for a key that
 * is missing or has an empty list. IfExists speaks of a missing key only where no set operator has decided.
 */
function isMetByNothing(set: string | undefined, isNegated: boolean, isIfExists: boolean): boolean {
  switch (set) {
    case 'ForAnyValue':
      return false
    case 'ForAllValues':
      return true
    default:
      return isNegated || isIfExists
  }
}
