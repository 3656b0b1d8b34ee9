import type { ExplainAccessInput } from '../../wire/keyward-access.ts'
import { denialQuery, readDenial } from './denial.ts'

/** A value of the request: a condition key, or a key of the encryption context, and one value. */
export interface ContextRow {
  readonly name: string
  readonly value: string
}

/** A question to the page Why?, as its form has it. */
export interface WhyQuestion {
  readonly principal: string
  readonly action: string
  /** The id, ARN or alias of a key; empty if the action is about no key. */
  readonly resource: string
  readonly encryptionContext: readonly ContextRow[]
  /** Condition keys. One with several values has several rows. */
  readonly context: readonly ContextRow[]
}

type Query = Readonly<Record<string, string>>

const contextPrefix = 'kms:EncryptionContext:'

/** The question in the query of an address. A context that cannot be read is left out. */
export function readQuestion(query: Query, callerArn: string): WhyQuestion {
  const rows = rowsIn(query['context'])
  const isOfContext = ({ name }: ContextRow) => name.toLowerCase().startsWith(contextPrefix.toLowerCase())
  return {
    ...{
      principal: query['principal'] ?? callerArn,
      action: query['action'] ?? '',
      resource: query['resource'] ?? '',
    },
    encryptionContext: rows.filter(isOfContext).map(({ name, value }) => {
      return { name: name.slice(contextPrefix.length), value }
    }),
    context: rows.filter(row => !isOfContext(row)),
  }
}

function rowsIn(text: string | undefined): ContextRow[] {
  try {
    const value: unknown = JSON.parse(text ?? '{}')
    if (typeof value !== 'object' || value === null) return []
    return Object.entries(value).flatMap(([name, values]) =>
      [values].flat().flatMap((item: unknown) => (typeof item === 'string' ? [{ name, value: item }] : [])),
    )
  } catch {
    return []
  }
}

/** The query of an address that has the question. */
export function questionQuery(question: WhyQuestion): Query {
  const { principal, action, resource } = question
  const context = contextOf(question)
  return {
    ...{ principal, action },
    ...(resource !== '' && { resource }),
    ...(context.size > 0 && { context: JSON.stringify(Object.fromEntries(context)) }),
  }
}

/** The values of the request by their condition keys. Rows without a name are left out. */
function contextOf({ encryptionContext, context }: WhyQuestion): ReadonlyMap<string, readonly string[]> {
  const values = new Map<string, string[]>()
  const rows = [
    ...encryptionContext.flatMap(row =>
      row.name === '' ? [] : [{ ...row, name: contextPrefix + row.name }],
    ),
    ...context.filter(({ name }) => name !== ''),
  ]
  for (const { name, value } of rows) values.set(name, [...(values.get(name) ?? []), value])
  return values
}

/** The input of ExplainAccess. */
export function explainInput(question: WhyQuestion): ExplainAccessInput {
  const { principal, action, resource } = question
  const entries = Array.from(contextOf(question), ([ContextKeyName, ContextKeyValues]) => {
    return { ContextKeyName, ContextKeyValues }
  })
  return {
    ...{ Principal: principal, Action: action },
    ...(resource !== '' && { KeyId: resource }),
    ...(entries.length > 0 && { ContextEntries: entries }),
  }
}

/** The fault of a question that the server would refuse for its form; undefined for a good one. */
export function questionFault({ principal, action }: WhyQuestion): string | undefined {
  if (!principal.startsWith('arn:')) return 'Enter the whole ARN of the principal.'
  if (!/^kms:[a-z]+$/i.test(action)) return 'Enter an action of AWS KMS, such as kms:Decrypt.'
  return undefined
}

/**
 * The query with which the page Why? asks about the record of a call that was denied, with the values of the call that the record
 * has. Undefined for a record of a different outcome, or of a denial that the server does not explain.
 */
export function whyQuestion(record: string): Query | undefined {
  const read = objectIn(record)
  const { errorMessage, errorCode } = read
  if (typeof errorMessage !== 'string' || !/^AccessDenied/.test(String(errorCode))) return undefined
  const denial = readDenial(errorMessage)
  const query = denial && denialQuery(denial)
  if (denial === undefined || query === undefined) return undefined
  const context = { ...networkOf(read), ...requestOf(read, denial.action) }
  return { ...query, ...(Object.keys(context).length > 0 && { context: JSON.stringify(context) }) }
}

type Fields = Readonly<Record<string, unknown>>

function objectIn(text: string): Fields {
  try {
    return fieldsOf(JSON.parse(text))
  } catch {
    return {}
  }
}

const fieldsOf = (value: unknown): Fields =>
  typeof value === 'object' && value !== null ? (value as Fields) : {}

/** The way that a call came (IAM user guide, "AWS global condition context keys"; CloudTrail user guide, "record contents"). */
function networkOf(record: Fields): Record<string, string> {
  const { sourceIPAddress: ip, vpcEndpointId: endpoint, userAgent, tlsDetails, userIdentity } = record
  const attributes = fieldsOf(fieldsOf(fieldsOf(userIdentity)['sessionContext'])['attributes'])
  const { mfaAuthenticated: mfa } = attributes
  const isAddress = typeof ip === 'string' && /^[\d.]+$|^[\da-f.]*:[\da-f:.]+$/i.test(ip)
  return {
    // A request through an endpoint has no aws:SourceIp.
    ...(typeof endpoint === 'string' ? { 'aws:SourceVpce': endpoint } : isAddress && { 'aws:SourceIp': ip }),
    ...(typeof userAgent === 'string' && { 'aws:UserAgent': userAgent }),
    ...(isAddress && { 'aws:SecureTransport': String(tlsDetails !== undefined) }),
    ...(typeof mfa === 'string' && { 'aws:MultiFactorAuthPresent': mfa }),
  }
}

/** The encryption context of a call. ReEncrypt has two, one for each of its actions. */
function requestOf({ requestParameters }: Fields, action: string): Record<string, string> {
  const name =
    { 'kms:ReEncryptFrom': 'sourceEncryptionContext', 'kms:ReEncryptTo': 'destinationEncryptionContext' }[
      action
    ] ?? 'encryptionContext'
  return Object.fromEntries(
    Object.entries(fieldsOf(fieldsOf(requestParameters)[name])).flatMap(([key, value]) =>
      typeof value === 'string' ? [[contextPrefix + key, value]] : [],
    ),
  )
}

/** The line for an administrator who may ask in the place of somebody else. */
export const lineToSend = ({ principal, action, resource }: WhyQuestion) =>
  `Why may ${principal} not use ${action}${resource === '' ? '' : ` on ${resource}`}?`
