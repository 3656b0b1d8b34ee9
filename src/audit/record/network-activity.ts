import type { Json, Millis } from '../../std/index.ts'
import type { AuditedEndpoint } from './record.ts'
import { cutText, jsonOf } from './record-text.ts'
import { withheldJson } from './shown-record.ts'
import { type AuditedCaller, renderTime, renderUserIdentity } from './user-identity.ts'

/** A call that only the policy of its VPC endpoint denies. */
export interface NetworkActivity {
  readonly eventId: string
  readonly requestId: string
  readonly time: Millis
  readonly eventSource: string
  readonly eventName: string
  readonly region: string
  readonly caller: AuditedCaller
  /** Whether the caller belongs to an account that is not the endpoint's. */
  readonly isForeign: boolean
  readonly sourceIpAddress: string
  readonly vpcEndpoint: AuditedEndpoint
  readonly sharedEventId: string
  /** For the operator alone, and in the durable log only. */
  readonly reason: string | undefined
}

/**
 * The record of such a call: a network activity event for the owner of the endpoint (CloudTrail user guide, "Understanding
 * CloudTrail events", "Network activity events"). It has no parameters of the request, and nothing of a caller of a different
 * account but the ids of its account and access key.
 */
export function renderNetworkActivity(event: NetworkActivity): string {
  const { vpceId, accountId } = event.vpcEndpoint
  const line = jsonOf({
    eventVersion: '1.11',
    userIdentity: event.isForeign ? renderOutsider(event.caller) : renderUserIdentity(event.caller),
    eventTime: renderTime(event.time),
    eventSource: event.eventSource,
    eventName: event.eventName,
    awsRegion: event.region,
    sourceIPAddress: cutText(event.sourceIpAddress),
    errorCode: 'VpceAccessDenied',
    errorMessage: 'The request was denied due to a VPC endpoint policy',
    requestID: event.requestId,
    eventID: event.eventId,
    eventType: 'AwsVpceEvent',
    recipientAccountId: accountId,
    sharedEventID: event.sharedEventId,
    vpcEndpointId: vpceId,
    vpcEndpointAccountId: accountId,
    eventCategory: 'NetworkActivity',
  })
  return event.reason === undefined ? line : `${line.slice(0, -1)}${withheldJson(event.reason)}}`
}

/** A caller of a different account. A service has no access key, and no ids that could reveal anything. */
function renderOutsider({ principal, accessKeyId, invokedBy }: AuditedCaller): Json {
  const { type, accountId } = principal
  if (type === 'AWSService') return { type, invokedBy: principal.service }
  return {
    type: 'AWSAccount',
    ...(accessKeyId !== undefined && { principalId: accessKeyId }),
    accountId,
    ...(invokedBy !== undefined && { invokedBy }),
  }
}
