import { list, required, structure } from '../../../std/index.ts'
import { operation } from '../operation.ts'
import { pageInput, pageOutput, pageRequest, renderPage } from '../wire/paging.ts'
import { onPath } from '../wire/resources.ts'
import { pathPrefixType } from '../wire/shapes.ts'
import { instanceProfileType, renderProfiles } from './instance-profiles.ts'

/** Lists the instance profiles whose path begins with a prefix. */
export const ListInstanceProfiles = operation({
  name: 'ListInstanceProfiles',
  effect: 'read',
  input: structure({ PathPrefix: pathPrefixType, ...pageInput }),
  output: structure({ InstanceProfiles: required(list(instanceProfileType)), ...pageOutput }),
  touches: { profiles: onPath('instance-profile') },
  async handle({ input, scope: { accountId }, store }) {
    const { PathPrefix: pathPrefix = '/' } = input
    const listing = ['ListInstanceProfiles', accountId, pathPrefix]
    const page = await store.instanceProfiles.list(accountId, pathPrefix, pageRequest(listing, input))
    return { InstanceProfiles: await renderProfiles(store, page), ...renderPage(listing, page) }
  },
})
