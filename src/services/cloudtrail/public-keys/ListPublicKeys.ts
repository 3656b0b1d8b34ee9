import { ServiceError } from '../../../domain/index.ts'
import { blob, list, string, structure } from '../../../std/index.ts'
import { operation } from '../operation.ts'
import { timeType } from '../wire/shapes.ts'

/** Returns all public keys whose private keys were used to sign the digest files within the specified time range. */
export const ListPublicKeys = operation({
  name: 'ListPublicKeys',
  effect: 'read',
  input: structure({ StartTime: timeType, EndTime: timeType, NextToken: string() }),
  output: structure({
    PublicKeyList: list(
      structure({
        Value: blob(),
        ValidityStartTime: timeType,
        ValidityEndTime: timeType,
        Fingerprint: string(),
      }),
    ),
  }),
  async handle({ input, scope, now, store }) {
    const { StartTime: from = now, EndTime: to = now } = input
    if (from > to)
      throw new ServiceError('InvalidTimeRangeException', 'The start time is after the end time.')
    // The token is reserved for AWS's future use.
    if (input.NextToken !== undefined) throw new ServiceError('InvalidTokenException', 'Invalid Token')
    const keys = await store.signingKeys.list('digest', scope.region)
    return {
      PublicKeyList: keys
        .filter(key => key.validFrom <= to && key.validTo >= from)
        .map(key => ({
          Value: key.publicKey,
          ValidityStartTime: key.validFrom,
          ValidityEndTime: key.validTo,
          Fingerprint: key.fingerprint,
        })),
    }
  },
})
