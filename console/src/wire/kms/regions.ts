import type * as Kms from '@aws-sdk/client-kms'
import { jsonCall } from '../call.ts'
import { metadataTimes } from '../kms.ts'

/** The operations of AWS KMS on multi-Region keys. */
export const kmsRegions = {
  replicateKey: jsonCall<Kms.ReplicateKeyCommandInput, Kms.ReplicateKeyCommandOutput>('kms', 'ReplicateKey', {
    times: metadataTimes('ReplicaKeyMetadata'),
  }),
  updatePrimaryRegion: jsonCall<Kms.UpdatePrimaryRegionCommandInput, object>('kms', 'UpdatePrimaryRegion'),
}
