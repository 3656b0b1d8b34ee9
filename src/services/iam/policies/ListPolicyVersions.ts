import { list, required, structure } from '../../../std/index.ts'
import { operation } from '../operation.ts'
import { cutPage, pageInput, pageOutput, pageRequest, renderPage } from '../wire/paging.ts'
import { onPolicy } from '../wire/resources.ts'
import { arnType, policyVersionType } from '../wire/shapes.ts'
import { getPolicy } from './managed-policies.ts'
import { renderVersion } from './render-policy.ts'

/** Lists the versions of a managed policy, the newest first. */
export const ListPolicyVersions = operation({
  name: 'ListPolicyVersions',
  effect: 'read',
  input: structure({ PolicyArn: required(arnType), ...pageInput }),
  output: structure({ Versions: required(list(policyVersionType)), ...pageOutput }),
  touches: { policy: onPolicy },
  async handle({ input, scope, store }) {
    const { policyId, versions, defaultVersionId } = await getPolicy(store, scope.accountId, input.PolicyArn)
    const listing = ['ListPolicyVersions', policyId]
    const page = cutPage(versions, pageRequest(listing, input), ({ versionId }) => newestFirst(versionId))
    const rendered = page.items.map(version => renderVersion(version, defaultVersionId))
    return { Versions: rendered, ...renderPage(listing, page) }
  },
})

/** Returns a text by which versions sort from the newest to the oldest, as IAM lists them. */
const newestFirst = (versionId: string) => String(1e9 - Number(versionId.slice(1))).padStart(10, '0')
