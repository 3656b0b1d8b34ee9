import { refuseKeyInStore } from '../../../domain/index.ts'
import { boolean, integer, required, structure, timestamp } from '../../../std/index.ts'
import { operation } from '../operation.ts'
import { keyIdType } from '../wire/shapes.ts'

/** Provides the rotation status of a KMS key: whether automatic rotation is enabled, its period and its next date. */
export const GetKeyRotationStatus = operation({
  name: 'GetKeyRotationStatus',
  effect: 'read',
  input: structure({ KeyId: required(keyIdType) }),
  output: structure({
    KeyRotationEnabled: boolean(),
    KeyId: keyIdType,
    RotationPeriodInDays: integer(),
    NextRotationDate: timestamp(),
    // Never present: RotateKeyOnDemand answers after its rotation has ended, so none is ever in progress.
    OnDemandRotationStartDate: timestamp(),
  }),
  touches: {
    key: { from: input => input.KeyId, forms: 'key', crossAccount: true, fits: refuseKeyInStore },
  },
  handle({ key }) {
    const { keyState, rotation } = key.key
    // A key that is PendingDeletion does not rotate; its schedule comes back if the deletion is cancelled. A primary
    // that waits for its replicas still shows its schedule (recorded from AWS).
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
