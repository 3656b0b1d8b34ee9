import { required, structure } from '../../../std/index.ts'
import { operation } from '../operation.ts'
import { pageInput, pageOutput } from '../wire/paging.ts'
import { answeredTagsType, arnType } from '../wire/shapes.ts'
import { tagsPage } from '../wire/tags-page.ts'
import { arnOfProvider, getProvider, onProvider } from './oidc-providers.ts'

/** Lists the tags of an OpenID Connect provider. */
export const ListOpenIDConnectProviderTags = operation({
  name: 'ListOpenIDConnectProviderTags',
  effect: 'read',
  input: structure({ OpenIDConnectProviderArn: required(arnType), ...pageInput }),
  output: structure({ Tags: required(answeredTagsType), ...pageOutput }),
  touches: { provider: onProvider },
  async handle({ input, scope, store }) {
    const provider = await getProvider(store, scope.accountId, input.OpenIDConnectProviderArn)
    return tagsPage(arnOfProvider(provider), provider.tags, input)
  },
})
