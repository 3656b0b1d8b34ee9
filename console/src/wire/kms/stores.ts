import type * as Kms from '@aws-sdk/client-kms'
import { jsonCall } from '../call.ts'

/** The operations of AWS KMS on custom key stores. */
export const kmsStores = {
  connectCustomKeyStore: jsonCall<Kms.ConnectCustomKeyStoreCommandInput, object>(
    'kms',
    'ConnectCustomKeyStore',
  ),
  createCustomKeyStore: jsonCall<Kms.CreateCustomKeyStoreCommandInput, Kms.CreateCustomKeyStoreCommandOutput>(
    'kms',
    'CreateCustomKeyStore',
  ),
  deleteCustomKeyStore: jsonCall<Kms.DeleteCustomKeyStoreCommandInput, object>('kms', 'DeleteCustomKeyStore'),
  describeCustomKeyStores: jsonCall<
    Kms.DescribeCustomKeyStoresCommandInput,
    Kms.DescribeCustomKeyStoresCommandOutput
  >('kms', 'DescribeCustomKeyStores', { times: ['CustomKeyStores[].CreationDate'] }),
  disconnectCustomKeyStore: jsonCall<Kms.DisconnectCustomKeyStoreCommandInput, object>(
    'kms',
    'DisconnectCustomKeyStore',
  ),
  updateCustomKeyStore: jsonCall<Kms.UpdateCustomKeyStoreCommandInput, object>('kms', 'UpdateCustomKeyStore'),
}
