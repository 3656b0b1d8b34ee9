import { cutPage, pageRequest, renderPage } from '../wire/paging.ts'
import { readPolicyArn, renderAttached, sortKeyOf } from './managed-policies.ts'

interface AttachedInput {
  readonly PathPrefix?: string | undefined
  readonly Marker?: string | undefined
  readonly MaxItems?: number | undefined
}

/**
 * Returns a page of the managed policies that are attached to an entity and whose path begins with a prefix, by name.
 */
export function attachedPage(entityId: string, attached: readonly string[], input: AttachedInput) {
  const { PathPrefix: prefix = '/' } = input
  const listing = ['ListAttachedPolicies', entityId, prefix]
  const wanted = attached.filter(arn => readPolicyArn(arn).path.startsWith(prefix))
  const page = cutPage(wanted, pageRequest(listing, input), sortKeyOf)
  return { AttachedPolicies: page.items.map(renderAttached), ...renderPage(listing, page) }
}
