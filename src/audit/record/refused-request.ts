import type { TlsDetails } from '../../domain/index.ts'
import type { Millis } from '../../std/index.ts'
import type { AuditedEndpoint } from './record.ts'
import { cutText, jsonOf } from './record-text.ts'
import { renderTime, renderUnproved } from './user-identity.ts'

/** A request that was refused before it was a call. All of it may be logged. */
export interface AuditedRefusal {
  readonly eventId: string
  readonly requestId: string
  readonly time: Millis
  /** Undefined if the request names no service. */
  readonly eventSource: string | undefined
  /** Undefined if the request names no operation, or in a text that is not shown. */
  readonly eventName: string | undefined
  readonly region: string
  readonly claimedKeyId: string | undefined
  readonly sourceIpAddress: string
  readonly userAgent: string | undefined
  readonly isReadOnly: boolean
  readonly errorCode: string
  readonly errorMessage: string | undefined
  readonly reason: string | undefined
  readonly tlsDetails: TlsDetails | undefined
  /** Undefined if the request did not come through an endpoint. */
  readonly vpcEndpoint?: AuditedEndpoint | undefined
}

/** The maximum size in UTF-8 of a text from outside. */
const textSizeMaxBytes = 256

/**
 * The record of a refused request, in the form of CloudTrail's records. AWS has none for it, so it has no
 * `recipientAccountId` and is in the durable log alone. Texts of requests that anybody can send are short.
 */
export function renderRefusedRequest(refusal: AuditedRefusal): string {
  const { tlsDetails, reason, vpcEndpoint } = refusal
  return jsonOf({
    eventVersion: '1.11',
    userIdentity: renderUnproved(refusal.claimedKeyId),
    eventTime: renderTime(refusal.time),
    eventSource: refusal.eventSource ?? 'unknown',
    eventName: refusal.eventName ?? 'Unknown',
    awsRegion: refusal.region,
    sourceIPAddress: cut(refusal.sourceIpAddress),
    ...(refusal.userAgent !== undefined && { userAgent: cut(refusal.userAgent) }),
    errorCode: refusal.errorCode,
    ...(refusal.errorMessage !== undefined && { errorMessage: cut(refusal.errorMessage) }),
    requestParameters: null,
    responseElements: null,
    requestID: refusal.requestId,
    eventID: refusal.eventId,
    readOnly: refusal.isReadOnly,
    eventType: 'AwsApiCall',
    managementEvent: true,
    ...(vpcEndpoint && {
      vpcEndpointId: vpcEndpoint.vpceId,
      vpcEndpointAccountId: vpcEndpoint.accountId,
    }),
    eventCategory: 'Management',
    ...(tlsDetails && { tlsDetails: shownTls(tlsDetails) }),
    ...(reason !== undefined && { keyward: { reason } }),
  })
}

function shownTls({ connection, clientProvidedHostHeader: host }: TlsDetails) {
  const { tlsVersion, cipherSuite, keyExchange } = connection
  return {
    tlsVersion,
    cipherSuite,
    ...(host !== undefined && { clientProvidedHostHeader: cut(host) }),
    ...(keyExchange !== undefined && { keyExchange }),
  }
}

const cut = (text: string) => cutText(text, textSizeMaxBytes)
