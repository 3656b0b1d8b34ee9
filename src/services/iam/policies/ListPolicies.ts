import { boolean, enumeration, type Infer, list, required, structure } from '../../../std/index.ts'
import { everyPage, type Reader } from '../../../store/index.ts'
import { operation } from '../operation.ts'
import { pageInput, pageOutput, pageRequest, policiesPerPart, renderPage } from '../wire/paging.ts'
import { onPath } from '../wire/resources.ts'
import { policyPathPrefixType, policyType, policyUsageType } from '../wire/shapes.ts'
import { type AnyPolicy, listAwsPolicies, viewPolicy } from './managed-policies.ts'
import { noUses, renderListedPolicy } from './render-policy.ts'

/** Lists the managed policies of the account and of AWS. */
export const ListPolicies = operation({
  name: 'ListPolicies',
  effect: 'read',
  input: structure({
    Scope: enumeration(['All', 'AWS', 'Local']),
    OnlyAttached: boolean(),
    PathPrefix: policyPathPrefixType,
    PolicyUsageFilter: policyUsageType,
    ...pageInput,
  }),
  output: structure({ Policies: required(list(policyType)), ...pageOutput }),
  touches: { policies: onPath('policy') },
  async handle({ input, scope: { accountId }, store }) {
    const { Scope: wanted = 'All', PathPrefix: prefix = '/', PolicyUsageFilter: usage } = input
    const ofAws = wanted === 'Local' ? [] : listAwsPolicies().filter(({ path }) => path.startsWith(prefix))
    const isWanted = usesFilter(usage, input.OnlyAttached === true)
    const listing = ['ListPolicies', accountId, wanted, prefix, usage, input.OnlyAttached]
    const { after, limit } = pageRequest(listing, input)
    const own = wanted === 'AWS' ? noPolicies() : ownPolicies(store, accountId, prefix, after)
    const found: Infer<typeof policyType>[] = []
    let next: string | undefined
    let last: string | undefined
    let examined = 0
    for await (const { policy, uses } of withUses(store, accountId, inOrder(ofAws, own, after))) {
      if (found.length >= limit || examined >= examinedMax) {
        next = last
        break
      }
      const rendered = renderListedPolicy(policy, uses.attachments, uses.boundaries)
      if (isWanted(rendered)) found.push(rendered)
      last = placeOf(policy)
      examined++
    }
    return { Policies: found, ...renderPage(listing, { items: found, next }) }
  },
})

/**
 * The policies that one request looks at. A filter that few policies pass gives short pages (IAM API reference,
 * "ListPolicies": MaxItems).
 */
const examinedMax = 1000

/** Returns the place of a policy in listings: by name without regard to case, the account's policy before AWS's. */
const placeOf = ({ name, isOfAws }: AnyPolicy) => `${name.toLowerCase()} ${isOfAws ? 'aws' : 'account'}`

async function* noPolicies(): AsyncGenerator<AnyPolicy> {}

/** Reads the policies of an account by name, as they are needed. */
async function* ownPolicies(
  store: Reader,
  accountId: string,
  prefix: string,
  after: string | undefined,
): AsyncGenerator<AnyPolicy> {
  const start = after?.slice(0, after.indexOf(' '))
  const pages = everyPage(policiesPerPart, page => store.policies.list(accountId, prefix, page), start)
  for await (const policies of pages) for (const policy of policies) yield viewPolicy(policy)
}

/** Merges the policies of AWS and of the account. */
async function* inOrder(
  ofAws: readonly AnyPolicy[],
  own: AsyncGenerator<AnyPolicy>,
  after: string | undefined,
): AsyncGenerator<AnyPolicy> {
  const waiting = ofAws
    .filter(policy => after === undefined || placeOf(policy) > after)
    .sort((a, b) => (placeOf(a) < placeOf(b) ? -1 : 1))
  for await (const policy of own) {
    while (waiting[0] !== undefined && placeOf(waiting[0]) < placeOf(policy))
      yield waiting.shift() as AnyPolicy
    yield policy
  }
  yield* waiting
}

/** The policies whose uses one question to the store counts. */
const countedTogether = 100

async function* withUses(store: Reader, accountId: string, policies: AsyncIterable<AnyPolicy>) {
  for await (const part of inParts(policies)) {
    const arns = part.map(({ arn }) => arn)
    const uses = await store.policies.countUses(accountId, arns)
    for (const policy of part) yield { policy, uses: uses.get(policy.arn) ?? noUses }
  }
}

async function* inParts(policies: AsyncIterable<AnyPolicy>): AsyncGenerator<readonly AnyPolicy[]> {
  let part: AnyPolicy[] = []
  for await (const policy of policies) {
    part.push(policy)
    if (part.length < countedTogether) continue
    yield part
    part = []
  }
  yield part
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
