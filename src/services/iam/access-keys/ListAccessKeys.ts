import { list, required, structure } from '../../../std/index.ts'
import { operation } from '../operation.ts'
import { cutPage, pageInput, pageOutput, pageRequest, renderPage } from '../wire/paging.ts'
import { renderAccessKey } from '../wire/render.ts'
import { onUser } from '../wire/resources.ts'
import { accessKeyMetadataType, existingUserNameType } from '../wire/shapes.ts'
import { ownerOf } from './access-key-owner.ts'

/** Lists the access keys of a user or of the root user, without the secrets. */
export const ListAccessKeys = operation({
  name: 'ListAccessKeys',
  effect: 'read',
  input: structure({ UserName: existingUserNameType, ...pageInput }),
  output: structure({ AccessKeyMetadata: required(list(accessKeyMetadataType)), ...pageOutput }),
  touches: { user: onUser },
  async handle({ input, caller, scope: { accountId }, store }) {
    const userName = await ownerOf(store, caller, input)
    const keys = await store.accessKeys.list(accountId, userName)
    const listing = ['ListAccessKeys', accountId, userName ?? '']
    const page = cutPage(keys, pageRequest(listing, input), key => key.accessKeyId)
    return { AccessKeyMetadata: page.items.map(renderAccessKey), ...renderPage(listing, page) }
  },
})
