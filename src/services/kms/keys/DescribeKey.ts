import { required, structure } from '../../../std/index.ts'
import { operation } from '../operation.ts'
import { grantTokensType, keyIdType, keyMetadataType } from '../wire/shapes.ts'
import { describeKey } from './describe-key.ts'

/**
 * Provides detailed information about a KMS key. Given a predefined AWS alias without a key, it first creates the AWS
 * managed key.
 */
export const DescribeKey = operation({
  name: 'DescribeKey',
  effect: 'read',
  input: structure({ KeyId: required(keyIdType), GrantTokens: grantTokensType }),
  output: structure({ KeyMetadata: keyMetadataType }),
  grantTokens: ({ GrantTokens }) => GrantTokens,
  touches: {
    key: {
      from: input => input.KeyId,
      forms: 'key-or-alias',
      createsManagedKey: true,
      crossAccount: true,
      grant: () => ({ operation: 'DescribeKey' }),
    },
  },
  async handle({ key, store }) {
    return { KeyMetadata: await describeKey(store, key) }
  },
})
