import type { Json } from '../../std/index.ts'
import type { KmsKey } from './key.ts'

/** Something that AWS KMS does to a key by itself, on record beside the calls (AWS KMS developer guide, "CloudTrail entries"). */
export interface KeyEvent {
  readonly key: KmsKey
  readonly eventName:
    | 'RotateKey'
    | 'DeleteKey'
    | 'DeleteExpiredKeyMaterial'
    | 'SynchronizeMultiRegionKey'
    /** Of a replica, beside the ReplicateKey in its primary's region; of an AWS managed key. */
    | 'CreateKey'
    /** In the region of the new primary, beside the one in that of the former. */
    | 'UpdatePrimaryRegion'
  /** What is told besides the id of the key. */
  readonly details: { readonly [name: string]: Json }
}
