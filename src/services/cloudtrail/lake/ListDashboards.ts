import { list, string, structure } from '../../../std/index.ts'
import { operation } from '../operation.ts'

/** Returns information about all dashboards for the account: there are none. */
export const ListDashboards = operation({
  name: 'ListDashboards',
  effect: 'read',
  input: structure({}),
  output: structure({ Dashboards: list(string()) }),
  handle: () => ({ Dashboards: [] }),
})
