import { list, string, structure } from '../../../std/index.ts'
import { operation } from '../operation.ts'
import { arnOfProvider } from './oidc-providers.ts'

/** Lists the OpenID Connect providers of the account. */
export const ListOpenIDConnectProviders = operation({
  name: 'ListOpenIDConnectProviders',
  effect: 'read',
  input: structure({}),
  output: structure({ OpenIDConnectProviderList: list(structure({ Arn: string() })) }),
  async handle({ scope, store }) {
    const providers = await store.oidcProviders.list(scope.accountId)
    return { OpenIDConnectProviderList: providers.map(provider => ({ Arn: arnOfProvider(provider) })) }
  },
})
