import { enumeration, list, structure } from '../../../std/index.ts'
import { operation } from '../operation.ts'
import { pageInput, pageOutput, pageRequest, renderPage } from '../wire/paging.ts'
import {
  detailKinds,
  groupDetailType,
  pageOfDetails,
  policyDetailType,
  renderDetails,
  roleDetailType,
  userDetailType,
} from './account-details.ts'

/** Returns the users, groups, roles and policies of the account, with their relationships to each other. */
export const GetAccountAuthorizationDetails = operation({
  name: 'GetAccountAuthorizationDetails',
  effect: 'read',
  input: structure({ Filter: list(enumeration(detailKinds)), ...pageInput }),
  output: structure({
    UserDetailList: list(userDetailType),
    GroupDetailList: list(groupDetailType),
    RoleDetailList: list(roleDetailType),
    Policies: list(policyDetailType),
    ...pageOutput,
  }),
  async handle({ input, scope: { accountId }, roleUses, store }) {
    const { Filter: filter = [] } = input
    const wanted = new Set(filter.length === 0 ? detailKinds : filter)
    const listing = ['GetAccountAuthorizationDetails', accountId, filter]
    const page = await pageOfDetails(store, accountId, wanted, pageRequest(listing, input))
    const rendered = await renderDetails({ store, accountId, roleUses }, page.items)
    return { ...rendered, ...renderPage(listing, page) }
  },
})
