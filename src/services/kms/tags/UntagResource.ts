import { checkTagKeys } from '../../../domain/index.ts'
import { list, required, structure } from '../../../std/index.ts'
import { operation } from '../operation.ts'
import { keyIdType, tagKeyType } from '../wire/shapes.ts'

/** Deletes tags from a KMS key. */
export const UntagResource = operation({
  name: 'UntagResource',
  effect: 'write',
  input: structure({ KeyId: required(keyIdType), TagKeys: required(list(tagKeyType)) }),
  output: undefined,
  touches: {
    key: {
      from: input => input.KeyId,
      forms: 'key',
      conditions: input => ({ 'aws:TagKeys': input.TagKeys.length === 0 ? undefined : input.TagKeys }),
    },
  },
  async handle({ input, key, store }) {
    checkTagKeys(input.TagKeys)
    await store.tags.delete(key.key, key.key.keyId, input.TagKeys)
  },
})
