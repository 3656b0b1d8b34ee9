import type { Json } from '../../std/index.ts'
import type { KmsKey } from './key.ts'

/** A change that AWS KMS makes to a key by itself, recorded beside the calls (AWS KMS developer guide, "CloudTrail entries"). */
export type KeyEvent = {
  readonly key: KmsKey
  readonly eventName:
    | 'RotateKey'
    | 'DeleteKey'
    | 'DeleteExpiredKeyMaterial'
    | 'SynchronizeMultiRegionKey'
    /** For a replica, beside the ReplicateKey in its primary's region; also for an AWS managed key. */
    | 'CreateKey'
    /** In the region of the new primary, beside the event in the region of the former primary. */
    | 'UpdatePrimaryRegion'
} & (ServiceEventKind | InternalCallKind | CallKind)

/** A change of which no caller is recorded, as jobs make it. */
export type ServiceKeyEvent = Exclude<KeyEvent, CallKind>

/** CloudTrail's AwsServiceEvent. */
interface ServiceEventKind {
  readonly kind: 'event'
  /** The details that the record has besides the id of the key. A record without details has not even the id. */
  readonly details?: { readonly [name: string]: Json }
  readonly additionalEventData?: { readonly [name: string]: Json }
}

/** An AwsApiCall that AWS KMS makes itself, as "AWS Internal". */
interface InternalCallKind {
  readonly kind: 'internal'
  /** The keys that the record lists; the key of the event if absent. */
  readonly resources?: readonly KmsKey[]
  readonly responseElements?: Json
}

/** An AwsApiCall that AWS KMS makes for the caller of the call that changed the key. */
interface CallKind {
  readonly kind: 'call'
  readonly requestParameters: Json
  readonly responseElements: Json
  /** The keys that the record lists; the key of the event if absent. */
  readonly resources?: readonly KmsKey[]
}
