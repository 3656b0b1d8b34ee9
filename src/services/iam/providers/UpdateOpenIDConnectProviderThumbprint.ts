import { required, structure } from '../../../std/index.ts'
import { operation } from '../operation.ts'
import { arnType } from '../wire/shapes.ts'
import { checkThumbprints, getProvider, onProvider, thumbprintsType } from './oidc-providers.ts'

/** Replaces the thumbprints of an OpenID Connect provider. */
export const UpdateOpenIDConnectProviderThumbprint = operation({
  name: 'UpdateOpenIDConnectProviderThumbprint',
  effect: 'write',
  input: structure({
    OpenIDConnectProviderArn: required(arnType),
    ThumbprintList: required(thumbprintsType),
  }),
  output: undefined,
  touches: { provider: onProvider },
  async handle({ input, scope, store }) {
    const provider = await getProvider(store, scope.accountId, input.OpenIDConnectProviderArn)
    await store.oidcProviders.update({ ...provider, thumbprints: checkThumbprints(input.ThumbprintList) })
  },
})
