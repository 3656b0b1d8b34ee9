import type { Organization } from '../../operation/index.ts'
import type { CallFacts } from './call-facts.ts'
import { endpointOf } from './call-facts.ts'
import { principalAccountOf } from './global-conditions.ts'

const organizationKey = /^aws:(principal|resource|source|vpce)org(id|paths)$/

/**
 * Returns the organization of the caller, of the resource, of the account that a service calls for, or of the VPC endpoint;
 * undefined for other condition keys, and for accounts that are in no organization (IAM user guide, "AWS global condition
 * context keys").
 */
export function organizationValuesOf(
  name: string,
  facts: CallFacts,
  resourceAccountId: string,
  organization: Organization,
): readonly string[] | undefined {
  const [, side, part] = organizationKey.exec(name) ?? []
  if (side === undefined) return undefined
  const { provedCaller } = facts
  const accountId = {
    principal: principalAccountOf(provedCaller.identity.principal),
    resource: resourceAccountId,
    source: provedCaller.service?.sourceAccount,
    vpce: endpointOf(facts)?.accountId,
  }[side]
  const place = accountId === undefined ? undefined : organization.ofAccount(accountId)?.place
  return place && [part === 'id' ? place.organizationId : place.path]
}
