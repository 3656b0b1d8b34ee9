import { list, required, string, structure, timestamp } from '../../../std/index.ts'
import { operation } from '../operation.ts'
import { answeredTagsType, arnType } from '../wire/shapes.ts'
import { renderTags } from '../wire/tags.ts'
import { getProvider, onProvider } from './oidc-providers.ts'

/** Returns information about an OpenID Connect provider. */
export const GetOpenIDConnectProvider = operation({
  name: 'GetOpenIDConnectProvider',
  effect: 'read',
  input: structure({ OpenIDConnectProviderArn: required(arnType) }),
  output: structure({
    Url: string(),
    ClientIDList: list(string()),
    ThumbprintList: list(string()),
    CreateDate: timestamp(),
    Tags: answeredTagsType,
  }),
  touches: { provider: onProvider },
  async handle({ input, scope, store }) {
    const provider = await getProvider(store, scope.accountId, input.OpenIDConnectProviderArn)
    return {
      Url: provider.host,
      ClientIDList: [...provider.clientIds],
      ThumbprintList: [...provider.thumbprints],
      CreateDate: provider.createdAt,
      Tags: renderTags(provider.tags),
    }
  },
})
