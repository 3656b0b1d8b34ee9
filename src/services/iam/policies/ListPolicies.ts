import { toPage } from '../../../domain/index.ts'
import { boolean, enumeration, type Infer, list, required, structure } from '../../../std/index.ts'
import { operation } from '../operation.ts'
import { pageInput, pageOutput, pageRequest, renderPage } from '../wire/paging.ts'
import { onPath } from '../wire/resources.ts'
import { policyPathType, policyType, policyUsageType } from '../wire/shapes.ts'
import { type AnyPolicy, listAwsPolicies, listOwnPolicies, sortKeyOf } from './managed-policies.ts'
import { noUses, renderListedPolicy } from './render-policy.ts'

/** Lists the managed policies of the account and of AWS. */
export const ListPolicies = operation({
  name: 'ListPolicies',
  effect: 'read',
  input: structure({
    Scope: enumeration(['All', 'AWS', 'Local']),
    OnlyAttached: boolean(),
    PathPrefix: policyPathType,
    PolicyUsageFilter: policyUsageType,
    ...pageInput,
  }),
  output: structure({ Policies: required(list(policyType)), ...pageOutput }),
  touches: { policies: onPath('policy') },
  async handle({ input, scope: { accountId }, store }) {
    const { Scope: wanted = 'All', PathPrefix: prefix = '/', PolicyUsageFilter: usage } = input
    const ofAws = wanted === 'Local' ? [] : listAwsPolicies().filter(({ path }) => path.startsWith(prefix))
    const own = wanted === 'AWS' ? [] : await listOwnPolicies(store, accountId, prefix)
    const isWanted = usesFilter(usage, input.OnlyAttached === true)
    const listing = ['ListPolicies', accountId, wanted, prefix, usage, input.OnlyAttached]
    const { after, limit } = pageRequest(listing, input)
    const found: Infer<typeof policyType>[] = []
    const candidates = inOrder([...ofAws, ...own], after)
    // Uses are counted only until the page is full: an account may have many policies, and counting takes longer than
    // reading.
    for (let at = 0; at < candidates.length && found.length <= limit; at += countedTogether) {
      const some = candidates.slice(at, at + countedTogether)
      const uses = await store.policies.countUses(
        accountId,
        some.map(({ arn }) => arn),
      )
      for (const policy of some) {
        const { attachments, boundaries } = uses.get(policy.arn) ?? noUses
        const rendered = renderListedPolicy(policy, attachments, boundaries)
        if (isWanted(rendered)) found.push(rendered)
      }
    }
    const page = toPage(found, limit, ({ Arn }) => sortKeyOf(Arn))
    return { Policies: [...page.items], ...renderPage(listing, page) }
  },
})

/** The policies whose uses one question to the store counts. */
const countedTogether = 250

function inOrder(policies: readonly AnyPolicy[], after: string | undefined): AnyPolicy[] {
  return policies
    .filter(({ arn }) => after === undefined || sortKeyOf(arn) > after)
    .sort((a, b) => (sortKeyOf(a.arn) < sortKeyOf(b.arn) ? -1 : 1))
}

type Usage = 'PermissionsPolicy' | 'PermissionsBoundary' | undefined

/** Uses count only if `OnlyAttached` is true; a policy that is a boundary counts as attached (recorded from AWS). */
function usesFilter(usage: Usage, onlyAttached: boolean) {
  return (policy: { readonly AttachmentCount: number; readonly PermissionsBoundaryUsageCount: number }) => {
    const { AttachmentCount: attachments, PermissionsBoundaryUsageCount: boundaries } = policy
    if (!onlyAttached) return true
    if (usage === 'PermissionsPolicy') return attachments > 0
    if (usage === 'PermissionsBoundary') return boundaries > 0
    return attachments + boundaries > 0
  }
}
