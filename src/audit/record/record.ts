import type { Principal, ServiceError, TlsConnection, TlsDetails } from '../../domain/index.ts'
import { type Json, type Millis, ownText } from '../../std/index.ts'
import { jsonOf, limits, memberJson, omitted, textJson } from './record-text.ts'
import { withheldJson } from './shown-record.ts'
import {
  type AuditedCaller,
  renderForeignIdentity,
  renderTime,
  renderUnproved,
  renderUserIdentity,
} from './user-identity.ts'

/** A call as the pipeline saw it. All of it may be logged. */
export interface AuditedCall {
  readonly eventId: string
  readonly requestId: string
  readonly time: Millis
  /** Such as `kms.amazonaws.com`. */
  readonly eventSource: string
  readonly eventName: string
  readonly region: string
  /** Undefined if the caller is not authenticated. */
  readonly caller: AuditedCaller | undefined
  /** The access key that a caller names who is not authenticated. */
  readonly claimedKeyId?: string | undefined
  /** Whether the record is for an account that is not the caller's. */
  readonly isForeign: boolean
  readonly sourceIpAddress: string
  readonly userAgent: string | undefined
  readonly isReadOnly: boolean
  /** The reason of the error is for the operator alone, and in the durable log only. */
  readonly error: ServiceError | undefined
  /** The service's own name for the error; CloudTrail's general one if absent. */
  readonly errorCode?: string | undefined
  /** The members that the input's shape discloses; null if the request could not be read. */
  readonly requestParameters: Json
  readonly responseElements: Json
  readonly additionalEventData: { readonly [name: string]: Json } | undefined
  readonly resources: readonly AuditedResource[]
  /** The account that the record is for; undefined if the caller is not authenticated. */
  readonly recipientAccountId: string | undefined
  /** Equal in the records of one call for several accounts; undefined if there is one record only. */
  readonly sharedEventId: string | undefined
  /** Undefined if the request did not come through an endpoint. */
  readonly vpcEndpoint?: AuditedEndpoint | undefined
  /** Undefined if the request was not encrypted. */
  readonly tlsDetails?: TlsDetails | undefined
}

/** The VPC endpoint that a request came through. */
export interface AuditedEndpoint {
  readonly vpceId: string
  /** The account that owns the endpoint. */
  readonly accountId: string
}

/** A resource that a call used, as its record lists it. */
export interface AuditedResource {
  readonly accountId: string
  readonly type: string
  readonly arn: string
  /** Its text in the record. The resource of a key lives as long as its cache entry, and is in all records of the key. */
  readonly json: string
}

/** Makes a resource of a record. */
export function auditedResource(accountId: string, type: string, arn: string): AuditedResource {
  return { accountId, type, arn, json: jsonOf({ accountId, type, ARN: arn }) }
}

/**
 * One line of the audit log, without its line end: a record in the form of CloudTrail's (CloudTrail user guide,
 * "CloudTrail record contents").
 */
export function renderRecord(call: AuditedCall): string {
  const { error, additionalEventData: data, recipientAccountId } = call
  // Concatenate by hand, because every request pays for this. Texts that many records have in common are made once.
  let line = `${headOf(call)}${renderTime(call.time)}"${eventOf(call)}${clientOf(call)}`
  if (error !== undefined) line += errorOf(error, call)
  line += `,"requestParameters":${elementsJson('requestParameters', call.requestParameters)}`
  line += `,"responseElements":${elementsJson('responseElements', call.responseElements)}`
  if (data !== undefined) line += additionalDataJson(data)
  line += `,"requestID":"${call.requestId}","eventID":"${call.eventId}"`
  line += call.isReadOnly ? ',"readOnly":true' : ',"readOnly":false'
  if (call.resources.length !== 0) line += `,"resources":[${listResources(call.resources)}]`
  line += ',"eventType":"AwsApiCall","managementEvent":true'
  if (recipientAccountId !== undefined) line += `,"recipientAccountId":"${recipientAccountId}"`
  if (call.sharedEventId !== undefined) line += `,"sharedEventID":"${call.sharedEventId}"`
  if (call.vpcEndpoint !== undefined) line += vpcEndpointJson(call.vpcEndpoint)
  line += ',"eventCategory":"Management"'
  if (call.tlsDetails !== undefined) line += `,"tlsDetails":${tlsJson(call.tlsDetails)}`
  if (isTooLarge(line)) {
    const smaller = withoutLargest(call)
    if (smaller !== undefined) return renderRecord(smaller)
  }
  return error?.reason === undefined ? `${line}}` : `${line}${withheldJson(error.reason)}}`
}

const vpcEndpointJson = ({ vpceId, accountId }: AuditedEndpoint) =>
  `,"vpcEndpointId":"${vpceId}","vpcEndpointAccountId":"${accountId}"`

/** A member that is null if it has no members itself. */
function elementsJson(name: string, value: Json): string {
  if (value === null) return 'null'
  const json = memberJson(name, value)
  return json === '{}' ? 'null' : json
}

function additionalDataJson(data: Json): string {
  const json = memberJson('additionalEventData', data, limits.additionalEventData)
  return json === '{}' ? '' : `,"additionalEventData":${json}`
}

/**
 * Whether a record is larger than CloudTrail's are. The limits of its members allow that only if many of its characters are
 * escaped.
 */
function isTooLarge(line: string): boolean {
  return line.length * 3 > limits.record && Buffer.byteLength(line) > limits.record
}

/** A call without the largest part of its record; undefined if it has no part that is worth leaving out. */
function withoutLargest(call: AuditedCall): AuditedCall | undefined {
  const { requestParameters, responseElements, additionalEventData = null } = call
  const sizes = Object.entries({ requestParameters, responseElements, additionalEventData })
    .map(([name, value]) => ({ name, value, size: Buffer.byteLength(memberJson(name, value)) }))
    .sort((a, b) => b.size - a.size)
  const [largest] = sizes
  if (largest === undefined || largest.size <= limits.text) return undefined
  const { name, value } = largest
  return { ...call, [name]: omitted(name, Buffer.byteLength(JSON.stringify(value))) }
}

function errorOf(error: ServiceError, { errorCode, eventSource }: AuditedCall): string {
  const code = `,"errorCode":"${errorCode ?? errorCodeOf(error, eventSource)}"`
  return error.text === undefined ? code : `${code},"errorMessage":${textJson(error.text)}`
}

/** CloudTrail has its own names for some errors. */
function errorCodeOf({ code }: ServiceError, eventSource: string): string {
  if (code === 'AccessDeniedException') return 'AccessDenied'
  // Only AWS KMS has a name of its own for faults of the server ("Common errors" of the API references).
  if (code === 'KMSInternalException' && eventSource !== 'kms.amazonaws.com') return 'InternalFailure'
  return code === 'ExpiredIdentityTokenException' ? 'ExpiredTokenException' : code
}

function listResources(resources: readonly AuditedResource[]): string {
  const [first] = resources
  if (first === undefined) return ''
  return resources.length === 1 ? first.json : resources.map(({ json }) => json).join(',')
}

const eventTexts = new Map<string, { eventSource: string; region: string; text: string }>()

/** The event as a record names it. There are no more events than operations. */
function eventOf({ eventSource, eventName, region }: AuditedCall): string {
  const known = eventTexts.get(eventName)
  if (known?.eventSource === eventSource && known.region === region) return known.text
  const text = `,"eventSource":"${eventSource}","eventName":"${eventName}","awsRegion":"${region}"`
  eventTexts.set(eventName, { eventSource, region, text })
  return text
}

// Most requests of a server come from few clients.
let lastAddress: string | undefined
let lastUserAgent: string | undefined
let lastClient = ''

function clientOf({ sourceIpAddress, userAgent }: AuditedCall): string {
  if (sourceIpAddress !== lastAddress || userAgent !== lastUserAgent) {
    const agent = userAgent === undefined ? '' : `,"userAgent":${textJson(userAgent)}`
    lastClient = `,"sourceIPAddress":${textJson(sourceIpAddress)}${agent}`
    lastAddress = sourceIpAddress
    lastUserAgent = userAgent
  }
  return lastClient
}

// A connection has thousands of requests, nearly always with one host.
const tlsJsons = new WeakMap<TlsConnection, { host: string | undefined; json: string }>()

function tlsJson({ connection, clientProvidedHostHeader: host }: TlsDetails): string {
  const known = tlsJsons.get(connection)
  if (known !== undefined && known.host === host) return known.json
  const { tlsVersion, cipherSuite, keyExchange } = connection
  let json = `{"tlsVersion":"${tlsVersion}","cipherSuite":"${cipherSuite}"`
  if (host !== undefined) json += `,"clientProvidedHostHeader":${textJson(host)}`
  if (keyExchange !== undefined) json += `,"keyExchange":"${keyExchange}"`
  json += '}'
  // The host is a part of the head of a request, of which nothing else may stay in memory with the connection.
  tlsJsons.set(connection, { host: host && ownText(host), json })
  return json
}

// A principal lives as long as its cache entry and is recorded in thousands of calls, nearly always with one access
// key.
const heads = new WeakMap<Principal, { caller: AuditedCaller; head: string }>()

/** The begin of a record, up to its time. */
function headOf({ caller, isForeign, claimedKeyId }: AuditedCall): string {
  if (caller === undefined) return headWith(jsonOf(renderUnproved(claimedKeyId)))
  if (isForeign) return headWith(jsonOf(renderForeignIdentity(caller)))
  const known = heads.get(caller.principal)
  if (known !== undefined && isSameCaller(known.caller, caller)) return known.head
  const head = headWith(jsonOf(renderUserIdentity(caller)))
  heads.set(caller.principal, { caller, head })
  return head
}

function headWith(identity: string): string {
  return `{"eventVersion":"1.11","userIdentity":${identity},"eventTime":"`
}

const isSameCaller = (a: AuditedCaller, b: AuditedCaller) =>
  a.accessKeyId === b.accessKeyId && a.invokedBy === b.invokedBy
