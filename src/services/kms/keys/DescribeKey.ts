import { operation } from '../../../pipeline/index.ts'
import { required, structure } from '../../../std/index.ts'
import { grantTokensType, keyIdType, keyMetadataType } from '../wire/shapes.ts'
import { describeKey } from './describe-key.ts'

/**
 * Provides detailed information about a KMS key. Given a predefined AWS alias without a key, it first creates the AWS
 * managed key.
 */
export const DescribeKey = operation({
  name: 'DescribeKey',
  effect: 'read',
  makesManagedKeys: true,
  input: structure({ KeyId: required(keyIdType), GrantTokens: grantTokensType }),
  output: structure({ KeyMetadata: keyMetadataType }),
  keys: {
    key: {
      from: input => input.KeyId,
      forms: 'key-or-alias',
      crossAccount: true,
      grant: () => ({ operation: 'DescribeKey' }),
    },
  },
  async handle({ key, store }) {
    return { KeyMetadata: await describeKey(store, key) }
  },
})
