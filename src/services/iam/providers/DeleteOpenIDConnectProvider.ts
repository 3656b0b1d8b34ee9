import { required, structure } from '../../../std/index.ts'
import { operation } from '../operation.ts'
import { noSuchEntity } from '../wire/entities.ts'
import { arnType } from '../wire/shapes.ts'
import { onProvider, readProviderArn } from './oidc-providers.ts'

/** Deletes an OpenID Connect provider. Roles that name it stay as they are. */
export const DeleteOpenIDConnectProvider = operation({
  name: 'DeleteOpenIDConnectProvider',
  effect: 'write',
  input: structure({ OpenIDConnectProviderArn: required(arnType) }),
  output: undefined,
  touches: { provider: onProvider },
  async handle({ input: { OpenIDConnectProviderArn: arn }, scope, store }) {
    const { accountId, host } = readProviderArn(arn)
    const provider =
      accountId === scope.accountId ? await store.oidcProviders.find(accountId, host) : undefined
    // The text is not that of the other operations (recorded from AWS).
    if (provider === undefined) throw noSuchEntity(`OpenId connect Provider ${arn} cannot be found.`)
    await store.oidcProviders.delete(provider)
  },
})
