import type { Principal, ServiceError, TlsDetails } from '../domain/index.ts'
import type { Json, Millis } from '../std/index.ts'
import { type AuditedCaller, renderTime, renderUserIdentity } from './user-identity.ts'

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
  readonly sourceIpAddress: string
  readonly userAgent: string | undefined
  readonly isReadOnly: boolean
  readonly error: ServiceError | undefined
  /** The members that the input's shape discloses; null if the request could not be read. */
  readonly requestParameters: Json
  readonly responseElements: Json
  readonly additionalEventData: { readonly [name: string]: Json } | undefined
  readonly resources: readonly AuditedResource[]
  /** The account that the record is for; undefined if the caller is not authenticated. */
  readonly recipientAccountId: string | undefined
  /** Equal in the records of one call for several accounts; undefined if there is one record only. */
  readonly sharedEventId: string | undefined
  /** Undefined if the request was not encrypted. */
  readonly tlsDetails?: TlsDetails | undefined
}

/** A resource that a call used, as its record lists it. */
export interface AuditedResource {
  readonly accountId: string
  readonly type: string
  readonly arn: string
}

/** The maximum length in characters of a text from outside. Longer ones are cut. */
const textLengthMax = 1024

/**
 * One line of the audit log, without its line end: a record in the form of CloudTrail's (CloudTrail user guide,
 * "CloudTrail record contents").
 */
export function renderRecord(call: AuditedCall): string {
  const { caller, error } = call
  // Concatenate by hand, because every request pays for this. The members are known, and most values need no escaping.
  let line = `{"eventVersion":"1.11","userIdentity":${identityJson(caller)},"eventTime":"${renderTime(call.time)}"`
  line += `,"eventSource":"${call.eventSource}","eventName":"${call.eventName}","awsRegion":"${call.region}"`
  line += `,"sourceIPAddress":${textJson(call.sourceIpAddress)}`
  if (call.userAgent !== undefined) line += `,"userAgent":${userAgentJson(call.userAgent)}`
  if (error !== undefined) line += `,"errorCode":"${errorCodeOf(error)}"`
  if (error?.text !== undefined) line += `,"errorMessage":${textJson(error.text)}`
  line += `,"requestParameters":${parametersJson(call.requestParameters)}`
  line += `,"responseElements":${JSON.stringify(call.responseElements)}`
  if (call.additionalEventData !== undefined) {
    line += `,"additionalEventData":${JSON.stringify(call.additionalEventData)}`
  }
  line += `,"requestID":"${call.requestId}","eventID":"${call.eventId}","readOnly":${call.isReadOnly}`
  line += `,"resources":[${call.resources.map(resourceJson).join(',')}]`
  line += ',"eventType":"AwsApiCall","managementEvent":true'
  if (call.recipientAccountId !== undefined) line += `,"recipientAccountId":"${call.recipientAccountId}"`
  if (call.sharedEventId !== undefined) line += `,"sharedEventID":"${call.sharedEventId}"`
  line += ',"eventCategory":"Management"'
  if (call.tlsDetails !== undefined) line += `,"tlsDetails":${tlsJson(call.tlsDetails)}`
  return `${line}}`.replaceAll(/[\u0085\u2028\u2029]/g, escapeLineEnd)
}

/** Something that the service itself did, such as a deletion of a key that was due. */
export interface ServiceEvent {
  readonly eventId: string
  readonly time: Millis
  readonly eventSource: string
  readonly eventName: string
  readonly region: string
  readonly accountId: string
  readonly serviceEventDetails: { readonly [name: string]: Json }
  readonly resources: readonly AuditedResource[]
}

/** The record of a service event (CloudTrail user guide, "Non-API events captured by CloudTrail"). */
export function renderServiceEvent(event: ServiceEvent): string {
  return JSON.stringify({
    eventVersion: '1.11',
    userIdentity: { accountId: event.accountId, invokedBy: 'AWS Internal' },
    eventTime: renderTime(event.time),
    eventSource: event.eventSource,
    eventName: event.eventName,
    awsRegion: event.region,
    sourceIPAddress: 'AWS Internal',
    userAgent: 'AWS Internal',
    requestParameters: null,
    responseElements: null,
    eventID: event.eventId,
    readOnly: false,
    resources: event.resources.map(({ accountId, type, arn }) => ({ accountId, type, ARN: arn })),
    eventType: 'AwsServiceEvent',
    managementEvent: true,
    recipientAccountId: event.accountId,
    serviceEventDetails: event.serviceEventDetails,
    eventCategory: 'Management',
  })
}

/** CloudTrail leaves out request parameters over 100 KB. */
const parametersLengthMax = 100 * 1024

function parametersJson(parameters: Json): string {
  const json = JSON.stringify(parameters)
  if (json.length <= parametersLengthMax) return json
  return `{"omitted":true,"originalSize":${json.length},"reasonPhrase":"Request parameters too large"}`
}

/** CloudTrail has its own names for some errors. */
function errorCodeOf({ code }: ServiceError): string {
  if (code === 'AccessDeniedException') return 'AccessDenied'
  return code === 'ExpiredIdentityTokenException' ? 'ExpiredTokenException' : code
}

/** Escapes a character that JSON allows unescaped, but at which some readers end a line. */
function escapeLineEnd(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`
}

function textJson(text: string): string {
  return JSON.stringify(text.length > textLengthMax ? text.slice(0, textLengthMax) : text)
}

let lastUserAgent = ''
let lastUserAgentJson = '""'

function userAgentJson(userAgent: string): string {
  if (userAgent !== lastUserAgent) {
    lastUserAgentJson = textJson(userAgent)
    lastUserAgent = userAgent
  }
  return lastUserAgentJson
}

function tlsJson({
  tlsVersion,
  cipherSuite,
  clientProvidedHostHeader: host,
  keyExchange,
}: TlsDetails): string {
  let json = `{"tlsVersion":"${tlsVersion}","cipherSuite":"${cipherSuite}"`
  if (host !== undefined) json += `,"clientProvidedHostHeader":${textJson(host)}`
  if (keyExchange !== undefined) json += `,"keyExchange":"${keyExchange}"`
  return `${json}}`
}

function resourceJson({ accountId, type, arn }: AuditedResource): string {
  return `{"accountId":"${accountId}","type":"${type}","ARN":${JSON.stringify(arn)}}`
}

const unknownIdentityJson = '{"type":"Unknown"}'
// A principal lives as long as its cache entry and is recorded in thousands of calls, nearly always with one access
// key.
const identityJsons = new WeakMap<Principal, { caller: AuditedCaller; json: string }>()

function identityJson(caller: AuditedCaller | undefined): string {
  if (caller === undefined) return unknownIdentityJson
  const known = identityJsons.get(caller.principal)
  if (known !== undefined && isSameCaller(known.caller, caller)) return known.json
  const json = JSON.stringify(renderUserIdentity(caller))
  identityJsons.set(caller.principal, { caller, json })
  return json
}

const isSameCaller = (a: AuditedCaller, b: AuditedCaller) =>
  a.accessKeyId === b.accessKeyId && a.invokedBy === b.invokedBy
