import { operation } from '../../pipeline/index.ts'
import { required, structure } from '../../std/index.ts'
import { renderKeyMetadata } from './key-metadata.ts'
import { grantTokensType, keyIdType, keyMetadataType } from './shapes.ts'

export const DescribeKey = operation({
  name: 'DescribeKey',
  effect: 'read',
  input: structure({ KeyId: required(keyIdType), GrantTokens: grantTokensType }),
  output: structure({ KeyMetadata: keyMetadataType }),
  keys: { key: { from: input => input.KeyId, forms: 'key-or-alias', crossAccount: true } },
  handle: ({ key }) => ({ KeyMetadata: renderKeyMetadata(key.key) }),
})
