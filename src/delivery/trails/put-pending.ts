import { arnOfTrail, type Trail } from '../../domain/index.ts'
import type { PendingObject } from '../../store/index.ts'
import { ObjectProblem, type ObjectToPut } from '../objects/object-store.ts'
import { type Chained, changeChain, failed } from './chain-state.ts'
import type { DeliveryOptions } from './delivery-options.ts'

/**
 * How long the delivery of a deleted trail is tried. An account could otherwise leave more and more of such trails behind, and their
 * attempts would keep the trails of others waiting.
 */
const afterDeletionMillis = 30 * 60_000

/**
 * Puts an object whose put was begun, in three steps that can be repeated: the intent is committed before this, the object
 * is put here, and `finish` commits that it was. After a crash or a failure the same bytes go to the same key again, so that
 * no object is in a bucket that no digest names. Returns whether it was delivered.
 */
export async function putPending(
  options: DeliveryOptions,
  { chain, trail }: Chained,
  pending: PendingObject,
  object: Omit<ObjectToPut, 'bucket' | 'key' | 'contentType' | 'contentEncoding' | 'encryption'>,
): Promise<boolean> {
  const { objects, store, clock, onPut, onFailure } = options
  try {
    await objects.put({
      ...object,
      bucket: pending.bucket,
      key: pending.object,
      contentType: 'application/json',
      contentEncoding: 'gzip',
      encryption: encryptionOf(trail),
    })
    onPut(pending.kind, true)
    return true
  } catch (error) {
    onPut(pending.kind, false)
    const code = error instanceof ObjectProblem ? error.code : 'InternalError'
    await changeChain(store, chain, current => {
      const now = clock.now()
      if (current.deletedTrail !== undefined && now - (current.endsAt ?? now) > afterDeletionMillis)
        return 'delete'
      // The bucket of the trail was replaced: the object goes to the new one.
      const next = failed(current, pending, code, now)
      return pending.bucket === trail.s3BucketName ? next : { ...next, pending: undefined }
    })
    onFailure(error, {
      trail: chain.trailArn,
      region: chain.region,
      object: `${pending.bucket}/${pending.object}`,
    })
    return false
  }
}

/** CloudTrail user guide, "Encrypting CloudTrail log files, digest files and event data stores with AWS KMS keys". */
function encryptionOf(trail: Trail): ObjectToPut['encryption'] {
  if (trail.kmsKeyArn === undefined) return undefined
  return { keyArn: trail.kmsKeyArn, context: { 'aws:cloudtrail:arn': arnOfTrail(trail) } }
}
