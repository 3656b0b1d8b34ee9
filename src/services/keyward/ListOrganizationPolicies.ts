import { ServiceError } from '../../domain/index.ts'
import type { OrganizationPolicy } from '../../operation/index.ts'
import { integer, list, required, string, structure } from '../../std/index.ts'
import { listingOf, makeToken, openToken } from '../page-tokens.ts'
import { operation } from './operation.ts'

const policiesMax = 100

const policiesType = required(
  list(structure({ Level: required(integer()), Name: required(string()), Document: required(string()) })),
)

/**
 * Lists the service control policies and then the resource control policies that apply to the caller's account, from the root of
 * the organization to the account, page by page. `Level` counts the levels that have a list of the kind, as in ExplainAccess; 1 is the
 * outermost. There are none for the management account and for an account without an organization. Keyward's own operation
 * (docs/organization-policies.md). Throws InvalidNextTokenException.
 */
export const ListOrganizationPolicies = operation({
  name: 'ListOrganizationPolicies',
  effect: 'read',
  input: structure({
    MaxResults: integer({ min: 1, max: policiesMax }),
    NextToken: string({ min: 1, max: 4096 }),
  }),
  output: structure({
    ServiceControlPolicies: policiesType,
    ResourceControlPolicies: policiesType,
    NextToken: string(),
  }),
  handle({ input: { MaxResults: limit = policiesMax, NextToken }, scope, organization, secrets }) {
    const listing = listingOf('ListOrganizationPolicies', scope)
    const start =
      NextToken === undefined ? 0 : (openToken(secrets, listing, NextToken, invalidToken) as number)
    const member = organization.ofAccount(scope.accountId)
    const policies = [...placed(member?.serviceControlPolicies), ...placed(member?.resourceControlPolicies)]
    const end = start + limit
    const page = policies.slice(start, end)
    return {
      ServiceControlPolicies: page.filter(({ kind }) => kind === 'serviceControl').map(render),
      ResourceControlPolicies: page.filter(({ kind }) => kind === 'resourceControl').map(render),
      NextToken: end < policies.length ? makeToken(secrets, listing, end) : undefined,
    }
  },
})

type PlacedPolicy = OrganizationPolicy & { readonly level: number }

/** Returns the policies of all levels with the numbers of their levels. */
const placed = (levels: readonly (readonly OrganizationPolicy[])[] = []): PlacedPolicy[] =>
  levels.flatMap((policies, index) => policies.map(policy => ({ ...policy, level: index + 1 })))

const render = ({ level, name, document }: PlacedPolicy) => ({
  Level: level,
  Name: name,
  Document: document,
})

const invalidToken = () => new ServiceError('InvalidNextTokenException')
