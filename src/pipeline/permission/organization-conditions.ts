import type { Organization } from '../../operation/index.ts'
import type { CallFacts } from './call-facts.ts'
import { principalAccountOf } from './global-conditions.ts'

const organizationKey = /^aws:(principal|resource|source)org(id|paths)$/

/**
 * The organization of the caller, of the resource, or of what a service calls for; undefined for other keys, and for
 * accounts that are in none (IAM user guide, "AWS global condition context keys").
 */
export function organizationValuesOf(
  name: string,
  { provedCaller }: CallFacts,
  resourceAccountId: string,
  organization: Organization,
): readonly string[] | undefined {
  const [, whose, what] = organizationKey.exec(name) ?? []
  if (whose === undefined) return undefined
  const accountId = {
    principal: principalAccountOf(provedCaller.identity.principal),
    resource: resourceAccountId,
    source: provedCaller.service?.sourceAccount,
  }[whose]
  const place = accountId === undefined ? undefined : organization.ofAccount(accountId)?.place
  return place && [what === 'id' ? place.organizationId : place.path]
}
