import {
  arnOf,
  beginTransition,
  isMultiRegion,
  isReplica,
  type KmsKey,
  notPrimary,
  ServiceError,
  validation,
} from '../../../domain/index.ts'
import { required, structure } from '../../../std/index.ts'
import { operation } from '../operation.ts'
import { keyIdType, regionType } from '../wire/shapes.ts'
import { transitionMillis } from './ReplicateKey.ts'

/** Makes a replica the primary key of a multi-Region key, and the former primary key a replica. */
export const UpdatePrimaryRegion = operation({
  name: 'UpdatePrimaryRegion',
  effect: 'write',
  input: structure({ KeyId: required(keyIdType), PrimaryRegion: required(regionType) }),
  output: undefined,
  touches: {
    key: {
      from: input => input.KeyId,
      forms: 'key',
      fits: checkIsPrimary,
      conditions: input => ({ 'kms:PrimaryRegion': input.PrimaryRegion }),
    },
    next: {
      // The replica has the same id; only its region differs.
      from: input => input.KeyId.replace(/^arn:.*:key\//, ''),
      region: input => input.PrimaryRegion,
      missing: noReplica,
      conditions: input => ({ 'kms:PrimaryRegion': input.PrimaryRegion }),
      forms: 'key',
      isUnlisted: true,
    },
  },
  disclose: (_output, { key }) => ({ responseElements: { keyId: key.arn } }),
  async handle({ input, key, next, now, store, recordEvent }) {
    const { accountId, region, keyId } = key.key
    // The key is the primary already (recorded from AWS: success, and no transition).
    if (next.key.region === region) return
    for (const member of await store.keys.listMembers(accountId, keyId)) {
      const moved = { ...member, primaryRegion: input.PrimaryRegion }
      const isInvolved = member.region === region || member.region === input.PrimaryRegion
      await store.keys.update(isInvolved ? beginTransition(moved, 'Updating', now + transitionMillis) : moved)
    }
    recordEvent({
      key: next.key,
      kind: 'call',
      eventName: 'UpdatePrimaryRegion',
      requestParameters: { keyId: next.arn, primaryRegion: input.PrimaryRegion },
      responseElements: { keyId: next.arn },
      resources: [],
    })
  },
})

/** Text recorded from AWS. */
function checkIsPrimary(key: KmsKey): void {
  if (!isMultiRegion(key)) throw notPrimary(key)
  if (!isReplica(key)) return
  throw new ServiceError('KMSInvalidStateException', `${arnOf(key)} is not a multi-Region primary key.`)
}

/**
 * The error for a region without a replica. A key whose primary cannot move gets that error first (texts recorded from
 * AWS).
 */
function noReplica(primary: KmsKey): ServiceError {
  checkIsPrimary(primary)
  return validation(`${primary.keyId} does not have a replica key in the specified Region.`)
}
