import { keyArn } from '../../../domain/index.ts'
import { list, structure } from '../../../std/index.ts'
import { operation } from '../operation.ts'
import { listingOf, pageInput, pageOutput, pageRequest, renderPage } from '../wire/paging.ts'
import { arnType, keyIdType } from '../wire/shapes.ts'

/** Gets a list of all KMS keys in the caller's account and Region. */
export const ListKeys = operation({
  name: 'ListKeys',
  effect: 'read',
  input: structure(pageInput(1000)),
  output: structure({ Keys: list(structure({ KeyId: keyIdType, KeyArn: arnType })), ...pageOutput }),
  async handle({ input, scope, store, hsm }) {
    const listing = listingOf('ListKeys', scope)
    const page = await store.keys.listIds(scope, pageRequest(hsm, listing, input, 100))
    return {
      Keys: page.items.map(keyId => ({ KeyId: keyId, KeyArn: keyArn(scope, keyId) })),
      ...renderPage(hsm, listing, page),
    }
  },
})
