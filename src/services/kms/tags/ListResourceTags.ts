import { required, structure } from '../../../std/index.ts'
import { operation } from '../operation.ts'
import { listingOf, pageInput, pageOutput, pageRequest, renderPage } from '../wire/paging.ts'
import { keyIdType, tagListType } from '../wire/shapes.ts'

/** Returns the tags of a KMS key. */
export const ListResourceTags = operation({
  name: 'ListResourceTags',
  effect: 'read',
  input: structure({ KeyId: required(keyIdType), ...pageInput(50) }),
  output: structure({ Tags: tagListType, ...pageOutput }),
  touches: { key: { from: input => input.KeyId, forms: 'key' } },
  async handle({ input, key, scope, store, hsm }) {
    const listing = listingOf('ListResourceTags', scope, key.arn)
    const page = await store.tags.list(key.key, key.key.keyId, pageRequest(hsm, listing, input, 50))
    return {
      Tags: page.items.map(({ tagKey, tagValue }) => ({ TagKey: tagKey, TagValue: tagValue })),
      ...renderPage(hsm, listing, page),
    }
  },
})
