import { list, structure } from '../../../std/index.ts'
import { operation } from '../operation.ts'

/** Lists the SAML providers of the account. There are none here, but tools that list all providers ask for them. */
export const ListSAMLProviders = operation({
  name: 'ListSAMLProviders',
  effect: 'read',
  input: structure({}),
  output: structure({ SAMLProviderList: list(structure({})) }),
  handle() {
    return { SAMLProviderList: [] }
  },
})
