import { operation } from '../../../pipeline/index.ts'
import { required, structure } from '../../../std/index.ts'
import { grantTokensType, keyIdType, keyMetadataType } from '../wire/shapes.ts'
import { describeKey } from './describe-key.ts'

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
