import { auditedResource, type Recorder, renderRecord, renderRefusedRequest } from '../../audit/index.ts'
import { keyResourceType, type Principal, ServiceError, xksEventSource } from '../../domain/index.ts'
import type { ProxyRecord } from '../../services/index.ts'

const kmsPrincipal = 'kms.amazonaws.com'

/**
 * Appends the record of a request to the proxy. Records of requests that are not authenticated have a budget, and are in the durable log
 * alone. Resolves when the record is on disk, or counted.
 */
export function appendProxyRecord(
  recorder: Recorder,
  record: ProxyRecord,
  { region, accountId }: { readonly region: string; readonly accountId: string | undefined },
): Promise<void> {
  const named = { ...record, eventSource: xksEventSource, region: record.region ?? region }
  if (record.accessKeyId === undefined) {
    const { refusal, eventName, ...facts } = named
    const errorCode = refusal?.errorName ?? 'InternalException'
    const texts = { errorCode, errorMessage: refusal?.message, reason: refusal?.reason }
    const line = renderRefusedRequest({ ...facts, ...texts, eventName, claimedKeyId: undefined })
    return recorder.appendRefusal(line, { code: errorCode, address: record.sourceIpAddress })
  }
  const recipient = record.key?.accountId ?? record.accountId ?? accountId
  const line = renderRecord({
    ...named,
    eventName: record.eventName ?? 'Unknown',
    caller: { principal: principalOf(recipient ?? ''), accessKeyId: undefined },
    isForeign: false,
    ...errorOf(record),
    requestParameters: record.requestParameters ?? null,
    responseElements: null,
    resources:
      record.key === undefined
        ? []
        : [auditedResource(record.key.accountId, keyResourceType, record.key.arn)],
    recipientAccountId: recipient,
    sharedEventId: undefined,
  })
  return recorder.append(line)
}

/** The errors of the API have names of their own, which `errorCode` shows. */
function errorOf({ refusal }: ProxyRecord): { error: ServiceError | undefined; errorCode?: string } {
  if (refusal === undefined) return { error: undefined }
  const { errorName, message, reason } = refusal
  const error = new ServiceError('ValidationException', message, reason === undefined ? {} : { reason })
  return { error, errorCode: errorName }
}

const principals = new Map<string, Principal>()

/** The sender, as far as the server knows it: the holder of a credential of AWS KMS. */
function principalOf(accountId: string): Principal {
  const known = principals.get(accountId)
  if (known !== undefined) return known
  const made: Principal = {
    type: 'AWSService',
    accountId,
    ...{ arn: kmsPrincipal, principalId: kmsPrincipal, service: kmsPrincipal },
  }
  principals.set(accountId, made)
  return made
}
