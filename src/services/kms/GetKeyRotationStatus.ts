import { operation } from '../../pipeline/index.ts'
import { boolean, integer, required, structure, timestamp } from '../../std/index.ts'
import { keyIdType } from './shapes.ts'

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
  keys: { key: { from: input => input.KeyId, forms: 'key', crossAccount: true } },
  handle({ key }) {
    const { keyId, keyState, rotation } = key.key
    // A key on its way to deletion does not rotate, and its schedule comes back if the deletion is cancelled.
    const isSuspended = keyState === 'PendingDeletion' || keyState === 'PendingReplicaDeletion'
    if (rotation === undefined || isSuspended) return { KeyRotationEnabled: false, KeyId: keyId }
    return {
      KeyRotationEnabled: true,
      KeyId: keyId,
      RotationPeriodInDays: rotation.periodDays,
      NextRotationDate: rotation.nextAt,
    }
  },
})
