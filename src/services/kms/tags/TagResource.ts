import { checkTagCount, checkTags } from '../../../domain/index.ts'
import { requestTagConditions } from '../../../operation/index.ts'
import { required, structure } from '../../../std/index.ts'
import { operation } from '../operation.ts'
import { keyIdType, tagListType } from '../wire/shapes.ts'
import { toTags } from './tags.ts'

/** Adds or edits tags on a KMS key. */
export const TagResource = operation({
  name: 'TagResource',
  effect: 'write',
  input: structure({ KeyId: required(keyIdType), Tags: required(tagListType) }),
  output: undefined,
  touches: {
    key: {
      from: input => input.KeyId,
      forms: 'key',
      conditions: input => requestTagConditions(toTags(input.Tags)),
    },
  },
  async handle({ input, key, store }) {
    const tags = toTags(input.Tags)
    checkTags(tags)
    await store.tags.put(key.key, key.key.keyId, tags)
    // Some of the tags may replace others, so count afterwards. If there are too many, the transaction undoes the
    // change.
    checkTagCount(await store.tags.count(key.key, key.key.keyId))
  },
})
