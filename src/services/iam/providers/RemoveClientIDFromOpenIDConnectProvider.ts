import { operation } from '../operation.ts'
import { clientIdInput, getProvider, onProvider } from './oidc-providers.ts'

/** Removes a client ID, also called audience, from an OpenID Connect provider; one that it does not have is ignored. */
export const RemoveClientIDFromOpenIDConnectProvider = operation({
  name: 'RemoveClientIDFromOpenIDConnectProvider',
  effect: 'write',
  input: clientIdInput,
  output: undefined,
  touches: { provider: onProvider },
  async handle({ input, scope, store }) {
    const provider = await getProvider(store, scope.accountId, input.OpenIDConnectProviderArn)
    const clientIds = provider.clientIds.filter(clientId => clientId !== input.ClientID)
    await store.oidcProviders.update({ ...provider, clientIds })
  },
})
