import { required, structure } from '../../../std/index.ts'
import { operation } from '../operation.ts'
import { arnType, tagKeyListType } from '../wire/shapes.ts'
import { checkNotEmpty, removeTags } from '../wire/tags.ts'
import { getProvider, onProvider } from './oidc-providers.ts'

/** Removes tags from an OpenID Connect provider. */
export const UntagOpenIDConnectProvider = operation({
  name: 'UntagOpenIDConnectProvider',
  effect: 'write',
  input: structure({ OpenIDConnectProviderArn: required(arnType), TagKeys: required(tagKeyListType) }),
  output: undefined,
  touches: { provider: onProvider },
  async handle({ input, scope, store }) {
    checkNotEmpty(input.TagKeys)
    const provider = await getProvider(store, scope.accountId, input.OpenIDConnectProviderArn)
    await store.oidcProviders.update({
      ...provider,
      tags: removeTags(provider.tags, input.TagKeys, 'exact'),
    })
  },
})
