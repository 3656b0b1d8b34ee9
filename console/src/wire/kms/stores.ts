import type * as Kms from '@aws-sdk/client-kms'
import { jsonCall } from '../call.ts'

/** The operations of AWS KMS on custom key stores. */
export const kmsStores = {
  describeCustomKeyStores: jsonCall<
    Kms.DescribeCustomKeyStoresCommandInput,
    Kms.DescribeCustomKeyStoresCommandOutput
  >('kms', 'DescribeCustomKeyStores', { times: ['CustomKeyStores[].CreationDate'] }),
}
