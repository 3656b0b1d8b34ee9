import { required, string, structure, timestamp } from '../../../std/index.ts'
import { operation } from '../operation.ts'
import { keyIdType } from '../wire/shapes.ts'

/**
 * Returns information about the last successful cryptographic operation with a KMS key. Tracking starts when the key is
 * created.
 */
export const GetKeyLastUsage = operation({
  name: 'GetKeyLastUsage',
  effect: 'read',
  input: structure({ KeyId: required(keyIdType) }),
  output: structure({
    KeyId: keyIdType,
    KeyLastUsage: structure({
      Operation: string(),
      Timestamp: timestamp(),
      CloudTrailEventId: string(),
      KmsRequestId: string(),
    }),
    TrackingStartDate: timestamp(),
    KeyCreationDate: timestamp(),
  }),
  touches: { key: { from: input => input.KeyId, forms: 'key' } },
  async handle({ key, keyUsages }) {
    const { accountId, region, keyId, createdAt } = key.key
    const last = await keyUsages.find({ accountId, region }, keyId)
    return {
      KeyId: keyId,
      KeyLastUsage:
        last === undefined
          ? {}
          : {
              Operation: last.operation,
              Timestamp: last.usedAt,
              CloudTrailEventId: last.eventId,
              KmsRequestId: last.requestId,
            },
      TrackingStartDate: createdAt,
      KeyCreationDate: createdAt,
    }
  },
})
