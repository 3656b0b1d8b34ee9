import type * as Kms from '@aws-sdk/client-kms'
import { jsonCall } from '../call.ts'

/** The operations of AWS KMS on grants. */
export const kmsGrants = {
  createGrant: jsonCall<Kms.CreateGrantCommandInput, Kms.CreateGrantCommandOutput>('kms', 'CreateGrant'),
  listGrants: jsonCall<Kms.ListGrantsCommandInput, Kms.ListGrantsCommandOutput>('kms', 'ListGrants', {
    times: ['Grants[].CreationDate'],
  }),
  retireGrant: jsonCall<Kms.RetireGrantCommandInput, object>('kms', 'RetireGrant'),
  revokeGrant: jsonCall<Kms.RevokeGrantCommandInput, object>('kms', 'RevokeGrant'),
}
