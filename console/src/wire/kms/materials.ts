import type * as Kms from '@aws-sdk/client-kms'
import { jsonCall } from '../call.ts'

/** The operations of AWS KMS on the materials of a key. */
export const kmsMaterials = {
  disableKeyRotation: jsonCall<Kms.DisableKeyRotationCommandInput, object>('kms', 'DisableKeyRotation'),
  enableKeyRotation: jsonCall<Kms.EnableKeyRotationCommandInput, object>('kms', 'EnableKeyRotation'),
  getKeyRotationStatus: jsonCall<Kms.GetKeyRotationStatusCommandInput, Kms.GetKeyRotationStatusCommandOutput>(
    'kms',
    'GetKeyRotationStatus',
    { times: ['NextRotationDate', 'OnDemandRotationStartDate'] },
  ),
  listKeyRotations: jsonCall<Kms.ListKeyRotationsCommandInput, Kms.ListKeyRotationsCommandOutput>(
    'kms',
    'ListKeyRotations',
    { times: ['Rotations[].RotationDate', 'Rotations[].ValidTo'] },
  ),
  rotateKeyOnDemand: jsonCall<Kms.RotateKeyOnDemandCommandInput, object>('kms', 'RotateKeyOnDemand'),
}
