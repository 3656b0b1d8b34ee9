import {
  type AuditedCaller,
  type AuditedResource,
  auditedResource,
  type EventRecord,
  recordKeyEvent,
  renderNetworkActivity,
  renderRecord,
} from '../audit/index.ts'
import { arnOf, type Grant, type KeyEvent, keyResourceType, type ServiceError } from '../domain/index.ts'
import type { Attestation } from '../hsm/index.ts'
import type { ResolvedKey } from '../keys/index.ts'
import type {
  Call,
  Caller,
  Disclosure,
  Endpoint,
  FailedProof,
  FoundKey,
  ResourceRequirement,
} from '../operation/index.ts'
import { type Json, type Millis, uuid } from '../std/index.ts'

/** The facts of a call that its audit record can contain. */
export interface RecordedCall {
  readonly call: Pick<
    Call,
    'service' | 'operation' | 'sourceIpAddress' | 'userAgent' | 'host' | 'tlsDetails' | 'endpoint'
  >
  readonly requestId: string
  readonly endedAt: Millis
  readonly defaultRegion: string
  readonly caller: Caller | undefined
  /** The facts about a sender whose proof of identity failed. */
  readonly failedProof?: FailedProof | undefined
  readonly input: unknown
  /** The result of the operation's `prepare`. */
  readonly prepared?: unknown
  readonly result: unknown
  readonly error: ServiceError | undefined
  readonly found: readonly FoundKey[]
  readonly touched: Readonly<Record<string, unknown>>
  readonly resources: readonly ResourceRequirement<never>[]
  readonly recipient: Attestation | undefined
  readonly retired: Grant | undefined
  readonly sharedEventId: string | undefined
}

/**
 * Renders the audit record of a call for one account: the account of the caller, or of a key that the call used, which gets
 * nothing of the caller but its ids, and no resources of other accounts.
 */
export function renderCall(
  call: RecordedCall,
  eventId: string,
  recipientAccountId: string | undefined,
): string {
  const { caller, error } = call
  const { operation, service, sourceIpAddress, userAgent, tlsDetails, endpoint } = call.call
  if (endpoint !== undefined && caller !== undefined && error?.isByEndpoint === true)
    return renderDeniedByEndpoint(call, eventId, caller, endpoint)
  const region = regionOf(call)
  const disclosure = error === undefined ? discloseOutput(call) : undefined
  const isForeign = caller !== undefined && recipientAccountId !== caller.scope.accountId
  const isHidden = error !== undefined && hidesRequest(error, service)
  const resources = isHidden ? [] : auditedResources(call, disclosure?.createdKeyArn)
  return renderRecord({
    eventId,
    requestId: call.requestId,
    time: call.endedAt,
    eventSource: service.eventSource,
    eventName: operation.name,
    region,
    caller: caller && auditedCaller(caller),
    claimedKeyId: call.failedProof?.claimedKeyId,
    isForeign,
    // As in CloudTrail, the record of a service's call has the name of the service here.
    sourceIpAddress: caller?.service?.name ?? sourceIpAddress,
    userAgent: caller?.service?.name ?? userAgent,
    isReadOnly: operation.record?.isReadOnly ?? operation.effect === 'read',
    error,
    errorCode: error && service.records?.errorCodes?.[error.code],
    requestParameters: isHidden ? null : discloseInput(call),
    responseElements: disclosure?.responseElements ?? null,
    additionalEventData: additionalEventData(call, region, disclosure, isHidden),
    resources: isForeign ? resources.filter(({ accountId }) => accountId === recipientAccountId) : resources,
    recipientAccountId,
    sharedEventId: call.sharedEventId,
    // The connection of a service is not that of the client, so CloudTrail leaves out how it came and how it was encrypted.
    vpcEndpoint: caller?.service === undefined ? endpoint : undefined,
    tlsDetails: caller?.service === undefined ? tlsDetails : undefined,
  })
}

/**
 * Renders the network activity event of a call that only the policy of its endpoint denies. It is for the endpoint's owner, and
 * takes the place of the management event of the caller's account.
 */
function renderDeniedByEndpoint(
  call: RecordedCall,
  eventId: string,
  caller: Caller,
  endpoint: Endpoint,
): string {
  const { service, operation, sourceIpAddress } = call.call
  return renderNetworkActivity({
    eventId,
    requestId: call.requestId,
    time: call.endedAt,
    eventSource: service.eventSource,
    eventName: operation.name,
    region: regionOf(call),
    caller: auditedCaller(caller),
    isForeign: endpoint.accountId !== caller.scope.accountId,
    sourceIpAddress: caller.service?.name ?? sourceIpAddress,
    vpcEndpoint: endpoint,
    sharedEventId: uuid(),
    reason: call.error?.reason,
  })
}

function regionOf({ call, caller, defaultRegion }: RecordedCall): string {
  return call.service.records?.region ?? caller?.scope.region ?? defaultRegion
}

/** The audit record of a change that the service made to a key because of a call. */
export function recordEvent(call: RecordedCall, event: KeyEvent): EventRecord {
  if (event.kind !== 'call') return recordKeyEvent(event, call.endedAt)
  const { caller, endedAt: time, requestId } = call
  const { service, sourceIpAddress, userAgent } = call.call
  const { key, resources = [key] } = event
  const eventId = uuid()
  const line = renderRecord({
    eventId,
    requestId,
    time,
    eventSource: service.eventSource,
    eventName: event.eventName,
    region: key.region,
    caller: caller && { ...auditedCaller(caller), invokedBy: service.eventSource },
    isForeign: false,
    sourceIpAddress: caller?.service?.name ?? sourceIpAddress,
    userAgent: caller?.service?.name ?? userAgent,
    isReadOnly: false,
    error: undefined,
    requestParameters: event.requestParameters,
    responseElements: event.responseElements,
    additionalEventData: undefined,
    resources: resources.map(item => auditedResource(item.accountId, keyResourceType, arnOf(item))),
    recipientAccountId: key.accountId,
    sharedEventId: undefined,
  })
  return { eventId, recordedAt: time, line }
}

function discloseOutput(recorded: RecordedCall): Disclosure | undefined {
  const { call, result, touched, found, input, prepared } = recorded
  const { disclose, effect } = call.operation
  if (disclose !== undefined) return disclose(result, touched, input, prepared)
  const changed = effect === 'write' ? found.at(-1) : undefined
  return changed && { responseElements: { keyId: changed.key.arn } }
}

function additionalEventData(
  { call, caller, error, touched, recipient, retired }: RecordedCall,
  region: string,
  disclosure: Disclosure | undefined,
  isHidden: boolean,
): Disclosure['additionalEventData'] {
  const { records } = call.service
  // A VPC endpoint is one of its Region, whichever host the request names.
  const host = call.endpoint === undefined ? call.host : undefined
  const ofService =
    caller?.service === undefined ? records?.additionalEventData?.({ region, host }) : undefined
  // A denial must not reveal anything about what was found.
  const isSilent = isHidden || (error !== undefined && isDenied(error))
  const found = isSilent ? undefined : call.operation.discloseFound?.(touched)
  const own = both(found, disclosure?.additionalEventData)
  const data = both(ofService, own)
  if (recipient === undefined && retired === undefined) return data
  return {
    ...data,
    ...(retired && { grantId: retired.grantId }),
    ...(recipient && { recipient: discloseRecipient(recipient) }),
  }
}

/** Nearly every call has at most one of them, and needs no new object. */
function both<T extends object>(first: T | undefined, second: T | undefined): T | undefined {
  return first === undefined || second === undefined ? (first ?? second) : { ...first, ...second }
}

function discloseInput({ call, input, caller }: RecordedCall): Json {
  if (input === undefined) return null
  const { record } = call.operation
  const disclosed = call.operation.input.disclose(input)
  return record?.shown === undefined ? (disclosed ?? null) : record.shown(input, disclosed ?? {}, caller)
}

function auditedResources(call: RecordedCall, createdKeyArn: string | undefined): AuditedResource[] {
  const resources: AuditedResource[] = []
  const callerAccountId = call.caller?.scope.accountId ?? ''
  listOthers(call, callerAccountId, false, resources)
  // A denial must not reveal to a caller of a different account, even in its own records, whether the key exists.
  const hidesForeign = call.error !== undefined && isDenied(call.error)
  for (const { key, requirement } of call.found) {
    if (requirement.isUnlisted === true || (hidesForeign && key.key.accountId !== callerAccountId)) continue
    resources.push(resourceOf(key))
  }
  if (createdKeyArn !== undefined)
    resources.push(auditedResource(callerAccountId, keyResourceType, createdKeyArn))
  listOthers(call, callerAccountId, true, resources)
  return resources
}

/** Whether an error is recorded without the parameters and the resources of the request, as CloudTrail records it. */
function hidesRequest(error: ServiceError, { records }: Call['service']): boolean {
  return error.code === 'ThrottlingException' || (isDenied(error) && records?.hidesDenied === true)
}

const isDenied = ({ code }: ServiceError) => code === 'AccessDeniedException'

/** Lists the resources other than keys: the ones before the keys, or the ones after them. */
function listOthers(
  call: RecordedCall,
  callerAccountId: string,
  isLast: boolean,
  resources: AuditedResource[],
): void {
  for (const { arn, type, accountId = callerAccountId, isUnlisted, isListedLast = false } of call.resources) {
    if (type === undefined || isUnlisted === true || isListedLast !== isLast) continue
    resources.push(auditedResource(accountId, type, arn))
  }
}

// A resolved key is made once per cache entry and never changes.
const keyResources = new WeakMap<ResolvedKey, AuditedResource>()

function resourceOf(resolved: ResolvedKey): AuditedResource {
  const known = keyResources.get(resolved)
  if (known !== undefined) return known
  const resource = auditedResource(resolved.key.accountId, keyResourceType, resolved.arn)
  keyResources.set(resolved, resource)
  return resource
}

function auditedCaller({ identity, accessKeyId, service }: Caller): AuditedCaller {
  const { principal, session } = identity
  return { principal, session, accessKeyId, invokedBy: service?.name }
}

/**
 * The enclave, or the instance with NitroTPM (AWS KMS developer guide, "Monitoring requests for Nitro enclaves" and
 * "Monitoring requests for NitroTPM"). The guide shows a register in hex, but AWS's records have it in Base64.
 */
function discloseRecipient({ moduleId, pcrs, nitroTpmPcrs }: Attestation): Json {
  const shown: { [name: string]: Json } = { attestationDocumentModuleId: moduleId }
  const show = (name: string, register: string | undefined) => {
    if (register !== undefined) shown[name] = Buffer.from(register, 'hex').toString('base64')
  }
  show('attestationDocumentEnclaveImageDigest', pcrs.get(0))
  for (const index of [1, 2, 3, 4, 8]) show(`attestationDocumentEnclavePCR${index}`, pcrs.get(index))
  for (const index of [4, 7, 8, 9, 16, 23])
    show(`attestationDocumentNitroTPMPCR${index}`, nitroTpmPcrs.get(index))
  return shown
}
