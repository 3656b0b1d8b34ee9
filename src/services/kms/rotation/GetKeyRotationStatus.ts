import { boolean, integer, required, structure, timestamp } from '../../../std/index.ts'
import { operation } from '../wire/operation.ts'
import { keyIdType } from '../wire/shapes.ts'

export const GetKeyRotationStatus = operation({
  name: 'GetKeyRotationStatus',
  effect: 'read',
  input: structure({ KeyId: required(keyIdType) }),
  output: structure({
    KeyRotationEnabled: boolean(),
    KeyId: keyIdType,
    RotationPeriodInDays: integer(),
    NextRotationDate: timestamp(),
    // A rotation on demand is done before it is answered, so there is never one under way to tell of.
    OnDemandRotationStartDate: timestamp(),
  }),
  touches: { key: { from: input => input.KeyId, forms: 'key', crossAccount: true } },
  handle({ key }) {
    const { keyState, rotation } = key.key
    // A key on its way to deletion does not rotate, and its schedule comes back if the deletion is cancelled. One that waits
    // for its replicas shows it all the same (recorded from AWS).
    if (rotation === undefined || keyState === 'PendingDeletion') {
      return { KeyRotationEnabled: false, KeyId: key.arn }
    }
    return {
      KeyRotationEnabled: true,
      KeyId: key.arn,
      RotationPeriodInDays: rotation.periodDays,
      NextRotationDate: rotation.nextAt,
    }
  },
})
