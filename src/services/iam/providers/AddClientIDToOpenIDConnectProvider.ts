import { required, string, structure } from '../../../std/index.ts'
import { operation } from '../operation.ts'
import { arnType } from '../wire/shapes.ts'
import { checkClientIds, getProvider, onProvider } from './oidc-providers.ts'

/** Adds a client ID, also called audience, to an OpenID Connect provider; one that it has stays. */
export const AddClientIDToOpenIDConnectProvider = operation({
  name: 'AddClientIDToOpenIDConnectProvider',
  effect: 'write',
  input: structure({
    OpenIDConnectProviderArn: required(arnType),
    ClientID: required(string({ min: 1, max: 255 })),
  }),
  output: undefined,
  touches: { provider: onProvider },
  async handle({ input, scope, store }) {
    const provider = await getProvider(store, scope.accountId, input.OpenIDConnectProviderArn)
    const clientIds = checkClientIds([...provider.clientIds, input.ClientID])
    await store.oidcProviders.update({ ...provider, clientIds })
  },
})
