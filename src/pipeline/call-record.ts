import { type AuditedCaller, type AuditedResource, auditedResource, renderRecord } from '../audit/index.ts'
import { type Grant, keyResourceType, type ServiceError } from '../domain/index.ts'
import type { Attestation } from '../hsm/index.ts'
import type { ResolvedKey } from '../keys/index.ts'
import type { Call, Caller, Disclosure, FailedProof, FoundKey, ResourceRequirement } from '../operation/index.ts'
import type { Json, Millis } from '../std/index.ts'

/** The facts of a call that its audit record can contain. */
export interface RecordedCall {
  readonly call: Pick<Call, 'service' | 'operation' | 'sourceIpAddress' | 'userAgent' | 'tlsDetails'>
  readonly requestId: string
  readonly time: Millis
  readonly defaultRegion: string
  readonly caller: Caller | undefined
  /** The facts about a sender whose proof of identity failed. */
  readonly failedProof?: FailedProof | undefined
  readonly input: unknown
  readonly result: unknown
  readonly error: ServiceError | undefined
  readonly found: readonly FoundKey[]
  readonly touched: Readonly<Record<string, unknown>>
  readonly resources: readonly ResourceRequirement<never>[]
  readonly recipient: Attestation | undefined
  readonly retired: Grant | undefined
  readonly sharedEventId: string | undefined
}

/** Renders the audit record of a call for one account: the account of the caller, or of a key that the call used. */
export function renderCall(
  call: RecordedCall,
  eventId: string,
  recipientAccountId: string | undefined,
): string {
  const { caller, error } = call
  const { operation, service, sourceIpAddress, userAgent, tlsDetails } = call.call
  const disclosure = error === undefined ? discloseOutput(call) : undefined
  return renderRecord({
    eventId,
    requestId: call.requestId,
    time: call.time,
    eventSource: service.eventSource,
    eventName: operation.name,
    region: caller?.scope.region ?? call.defaultRegion,
    caller: caller && auditedCaller(caller),
    claimedKeyId: call.failedProof?.claimedKeyId,
    // As in CloudTrail, the record of a service's call has the name of the service here.
    sourceIpAddress: caller?.service?.name ?? sourceIpAddress,
    userAgent: caller?.service?.name ?? userAgent,
    isReadOnly: operation.effect === 'read',
    error,
    requestParameters: discloseInput(call),
    responseElements: disclosure?.responseElements ?? null,
    additionalEventData: additionalEventData(call, disclosure),
    resources: auditedResources(call, disclosure?.createdKeyArn),
    recipientAccountId,
    sharedEventId: call.sharedEventId,
    // The connection of a service is not that of the client, so CloudTrail leaves it out.
    tlsDetails: caller?.service === undefined ? tlsDetails : undefined,
  })
}

function discloseOutput({ call, result, touched, found, input }: RecordedCall): Disclosure | undefined {
  const { disclose, effect } = call.operation
  if (disclose !== undefined) return disclose(result, touched, input)
  const changed = effect === 'write' ? found.at(-1) : undefined
  return changed && { responseElements: { keyId: changed.key.arn } }
}

function additionalEventData(
  { error, recipient, retired }: RecordedCall,
  disclosure: Disclosure | undefined,
): Disclosure['additionalEventData'] {
  const data = error?.reason === undefined ? disclosure?.additionalEventData : { reason: error.reason }
  if (recipient === undefined && retired === undefined) return data
  return {
    ...data,
    ...(retired && { grantId: retired.grantId }),
    ...(recipient && { recipient: discloseRecipient(recipient) }),
  }
}

function discloseInput({ call, input }: RecordedCall): Json {
  const shown = input === undefined ? undefined : call.operation.input.disclose(input)
  return shown === undefined || Object.keys(shown as object).length === 0 ? null : shown
}

function auditedResources(call: RecordedCall, createdKeyArn: string | undefined): AuditedResource[] {
  const resources: AuditedResource[] = []
  const callerAccountId = call.caller?.scope.accountId ?? ''
  for (const { arn, type, accountId = callerAccountId } of call.resources) {
    if (type !== undefined) resources.push(auditedResource(accountId, type, arn))
  }
  // A denial must not reveal to a caller of a different account, even in its own records, whether the key exists.
  const isDenied = call.error?.code === 'AccessDeniedException'
  for (const { key } of call.found) {
    if (isDenied && key.key.accountId !== callerAccountId) continue
    resources.push(resourceOf(key))
  }
  if (createdKeyArn !== undefined)
    resources.push(auditedResource(callerAccountId, keyResourceType, createdKeyArn))
  return resources
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

/** The enclave, as in CloudTrail's records (AWS Nitro Enclaves user guide, "Cryptographic attestation"). */
function discloseRecipient({ moduleId, pcrs }: Attestation): Json {
  const shown: { [name: string]: Json } = { attestationDocumentModuleId: moduleId }
  const imageDigest = pcrs.get(0)
  if (imageDigest !== undefined) shown['attestationDocumentEnclaveImageDigest'] = imageDigest
  for (const index of [1, 2, 3, 4, 8]) {
    const pcr = pcrs.get(index)
    if (pcr !== undefined) shown[`attestationDocumentEnclavePCR${index}`] = pcr
  }
  return shown
}
