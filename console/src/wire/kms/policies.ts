import type { PutKeyPolicyCommandInput } from '@aws-sdk/client-kms'
import { jsonCall } from '../call.ts'

/** The operations of AWS KMS that change key policies. */
export const kmsPolicies = {
  putKeyPolicy: jsonCall<PutKeyPolicyCommandInput, object>('kms', 'PutKeyPolicy'),
}
