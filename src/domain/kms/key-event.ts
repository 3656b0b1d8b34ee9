import type { Json } from '../../std/index.ts'
import type { KmsKey } from './key.ts'

/** A change that AWS KMS makes to a key by itself, recorded beside the calls (AWS KMS developer guide, "CloudTrail entries"). */
export interface KeyEvent {
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
  /** The details that the record has besides the id of the key. */
  readonly details: { readonly [name: string]: Json }
}
