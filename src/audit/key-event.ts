import { arnOf, type KeyEvent } from '../domain/index.ts'
import { type Millis, uuid } from '../std/index.ts'
import { renderServiceEvent } from './record.ts'

/** A record as a transaction puts it into the outbox, and the log after the commit. */
export interface EventRecord {
  readonly eventId: string
  readonly recordedAt: Millis
  readonly line: string
}

/** The record of something that was done to a key without a call. */
export function recordKeyEvent({ key, eventName, details }: KeyEvent, time: Millis): EventRecord {
  const { accountId, region, keyId } = key
  const eventId = uuid()
  const line = renderServiceEvent({
    eventId,
    time,
    eventSource: 'kms.amazonaws.com',
    eventName,
    region,
    accountId,
    serviceEventDetails: { keyId, ...details },
    resources: [{ accountId, type: 'AWS::KMS::Key', arn: arnOf(key) }],
  })
  return { eventId, recordedAt: time, line }
}
