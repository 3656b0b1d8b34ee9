import type { Json, Millis } from '../../std/index.ts'
import type { AuditedResource } from './record.ts'
import { jsonOf, within } from './record-text.ts'
import { renderTime } from './user-identity.ts'

/** Something that the service itself did, such as a deletion of a key that was due, or a call that it made itself. */
export interface ServiceEvent {
  readonly eventId: string
  readonly time: Millis
  readonly eventSource: string
  readonly eventName: string
  readonly region: string
  /** The account that the record is for; undefined for an event that concerns the operator alone. */
  readonly accountId: string | undefined
  /** Whether the account gets the record; true if absent. The record is in the durable log alone otherwise. */
  readonly hasRecipient?: boolean
  /** The id of a request that the service made itself; undefined for an event that is no call. */
  readonly requestId?: string
  readonly responseElements?: Json | undefined
  readonly additionalEventData?: { readonly [name: string]: Json } | undefined
  readonly serviceEventDetails?: { readonly [name: string]: Json } | undefined
  readonly resources: readonly AuditedResource[]
}

const listed = ({ accountId, type, arn }: AuditedResource) => ({ accountId, type, ARN: arn })

/** The record of a service event (CloudTrail user guide, "Non-API events captured by CloudTrail"). */
export function renderServiceEvent(event: ServiceEvent): string {
  const { accountId, hasRecipient = true, serviceEventDetails: details, additionalEventData: data } = event
  return jsonOf({
    eventVersion: '1.11',
    userIdentity: { ...(accountId !== undefined && { accountId }), invokedBy: 'AWS Internal' },
    eventTime: renderTime(event.time),
    eventSource: event.eventSource,
    eventName: event.eventName,
    awsRegion: event.region,
    sourceIPAddress: 'AWS Internal',
    userAgent: 'AWS Internal',
    requestParameters: null,
    responseElements: within('responseElements', event.responseElements ?? null),
    ...(data !== undefined && { additionalEventData: within('additionalEventData', data) }),
    ...(event.requestId !== undefined && { requestID: event.requestId }),
    eventID: event.eventId,
    readOnly: false,
    ...(event.resources.length !== 0 && { resources: event.resources.map(listed) }),
    eventType: event.requestId === undefined ? 'AwsServiceEvent' : 'AwsApiCall',
    managementEvent: true,
    ...(hasRecipient && accountId !== undefined && { recipientAccountId: accountId }),
    ...(details !== undefined && { serviceEventDetails: within('serviceEventDetails', details) }),
    eventCategory: 'Management',
  })
}
