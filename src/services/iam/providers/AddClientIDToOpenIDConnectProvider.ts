import { operation } from '../operation.ts'
import { checkClientIds, clientIdInput, getProvider, onProvider } from './oidc-providers.ts'

/** Adds a client ID, also called audience, to an OpenID Connect provider; one that it has stays. */
export const AddClientIDToOpenIDConnectProvider = operation({
  name: 'AddClientIDToOpenIDConnectProvider',
  effect: 'write',
  input: clientIdInput,
  output: undefined,
  touches: { provider: onProvider },
  async handle({ input, scope, store }) {
    const provider = await getProvider(store, scope.accountId, input.OpenIDConnectProviderArn)
    const clientIds = checkClientIds([...provider.clientIds, input.ClientID])
    await store.oidcProviders.update({ ...provider, clientIds })
  },
})
