import { required, structure } from '../../../std/index.ts'
import { operation } from '../operation.ts'
import { arnType, tagListType } from '../wire/shapes.ts'
import { addTags, checkNotEmpty } from '../wire/tags.ts'
import { getProvider, onProvider } from './oidc-providers.ts'

/** Adds tags to an OpenID Connect provider; a tag with an existing key gets the new value. */
export const TagOpenIDConnectProvider = operation({
  name: 'TagOpenIDConnectProvider',
  effect: 'write',
  input: structure({ OpenIDConnectProviderArn: required(arnType), Tags: required(tagListType) }),
  output: undefined,
  touches: { provider: onProvider },
  async handle({ input, scope, store }) {
    checkNotEmpty(input.Tags)
    const provider = await getProvider(store, scope.accountId, input.OpenIDConnectProviderArn)
    await store.oidcProviders.update({ ...provider, tags: addTags(provider.tags, input.Tags, 'exact') })
  },
})
