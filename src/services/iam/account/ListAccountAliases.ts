import { boolean, list, required, string, structure } from '../../../std/index.ts'
import { operation } from '../operation.ts'
import { pageInput } from '../wire/paging.ts'

/** Lists the aliases of the account. Accounts have no aliases here, but Terraform and consoles ask for them. */
export const ListAccountAliases = operation({
  name: 'ListAccountAliases',
  effect: 'read',
  input: structure(pageInput),
  output: structure({ AccountAliases: required(list(string())), IsTruncated: required(boolean()) }),
  handle() {
    return { AccountAliases: [], IsTruncated: false }
  },
})
