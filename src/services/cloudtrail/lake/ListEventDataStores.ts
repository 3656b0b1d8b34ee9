import { list, string, structure } from '../../../std/index.ts'
import { operation } from '../operation.ts'

/** Returns information about all event data stores in the account: there are none. */
export const ListEventDataStores = operation({
  name: 'ListEventDataStores',
  effect: 'read',
  input: structure({}),
  output: structure({ EventDataStores: list(string()) }),
  handle: () => ({ EventDataStores: [] }),
})
