import type { Json, Millis } from '../../std/index.ts'
import type { AuditedResource } from './record.ts'
import { renderTime } from './user-identity.ts'

/** Something that the service itself did, such as a deletion of a key that was due, or a call that it made itself. */
export interface ServiceEvent {
  readonly eventId: string
  readonly time: Millis
  readonly eventSource: string
  readonly eventName: string
  readonly region: string
  readonly accountId: string
  /** The id of a request that the service made itself; undefined for an event that is no call. */
  readonly requestId?: string
  readonly responseElements?: Json | undefined
  readonly serviceEventDetails?: { readonly [name: string]: Json } | undefined
  readonly resources: readonly AuditedResource[]
}

const listed = ({ accountId, type, arn }: AuditedResource) => ({ accountId, type, ARN: arn })

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
    responseElements: event.responseElements ?? null,
    requestID: event.requestId,
    eventID: event.eventId,
    readOnly: false,
    ...(event.resources.length !== 0 && { resources: event.resources.map(listed) }),
    eventType: event.requestId === undefined ? 'AwsServiceEvent' : 'AwsApiCall',
    managementEvent: true,
    recipientAccountId: event.accountId,
    serviceEventDetails: event.serviceEventDetails,
    eventCategory: 'Management',
  })
}
