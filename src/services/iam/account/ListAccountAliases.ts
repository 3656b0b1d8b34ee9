import { list, required, string, structure } from '../../../std/index.ts'
import { operation } from '../operation.ts'
import { cutPage, pageInput, pageOutput, pageRequest, renderPage } from '../wire/paging.ts'

/** Lists the aliases of the account, which are none or one. */
export const ListAccountAliases = operation({
  name: 'ListAccountAliases',
  effect: 'read',
  input: structure(pageInput),
  output: structure({ AccountAliases: required(list(string())), ...pageOutput }),
  async handle({ input, scope: { accountId }, store }) {
    const found = await store.accountAliases.findOfAccount(accountId)
    const listing = ['ListAccountAliases', accountId]
    const aliases = found === undefined ? [] : [found.alias]
    const page = cutPage(aliases, pageRequest(listing, input), alias => alias)
    return { AccountAliases: [...page.items], ...renderPage(listing, page) }
  },
})
