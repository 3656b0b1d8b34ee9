import { defaultEndpointPolicy, ServiceError, type VpcEndpoint } from '../../../domain/index.ts'
import { boolean, type Infer, string, structure } from '../../../std/index.ts'
import { dryRunInput } from '../wire/shapes.ts'
import { invalidParameter } from './endpoint-errors.ts'
import { addressOptionsOf, checkPrivateDns, idsType, optionsInput } from './endpoint-options.ts'
import { endpointPolicyOf } from './endpoint-policy.ts'
import { groupsOf } from './groups-of.ts'
import { interfacesOf, type SubnetFacts } from './subnets-of.ts'

/** The parameters of ModifyVpcEndpoint. */
export const changeInput = structure({
  ...dryRunInput,
  VpcEndpointId: string(),
  ResetPolicy: boolean(),
  ...optionsInput,
  AddRouteTableId: idsType,
  RemoveRouteTableId: idsType,
  AddSubnetId: idsType,
  RemoveSubnetId: idsType,
  AddSecurityGroupId: idsType,
  RemoveSecurityGroupId: idsType,
})

/** A request for a change of an endpoint. */
export type Change = Infer<typeof changeInput>

/**
 * Returns an endpoint as a request changes it. It removes before it adds, so that one request can move the endpoint to a different
 * subnet of a zone. An endpoint whose addresses change is `pending` again. `neighbours` are the other endpoints of the account in the
 * Region. Addresses are taken last, so that a lack of them hides no other fault. Throws InvalidParameter, InvalidParameterCombination,
 * InvalidPolicyDocument, or an error of subnets or groups.
 */
export function changedEndpoint(
  endpoint: VpcEndpoint,
  change: Change,
  facts: Omit<SubnetFacts, 'interfaces'>,
  neighbours: readonly VpcEndpoint[],
): VpcEndpoint {
  if (change.AddRouteTableId?.length || change.RemoveRouteTableId?.length)
    throw invalidParameter('Route table IDs are only supported for Gateway type VPC Endpoint.')
  const addressOptions = addressOptionsOf(change, endpoint)
  const subnetIds = changedList(
    endpoint.interfaces.map(({ subnetId }) => subnetId),
    { removed: change.RemoveSubnetId, added: change.AddSubnetId, noun: 'subnet' },
  )
  const changed = {
    ...endpoint,
    ...addressOptions,
    securityGroupIds: changedGroups(endpoint, change, facts),
    policyDocument: changedPolicy(endpoint, change),
    isPrivateDnsEnabled: change.PrivateDnsEnabled ?? endpoint.isPrivateDnsEnabled,
  }
  checkPrivateDns(changed, neighbours)
  const interfaces = interfacesOf(
    {
      subnetIds,
      configurations: change.SubnetConfiguration ?? [],
      ipAddressType: addressOptions.ipAddressType,
    },
    { ...facts, interfaces: endpoint.interfaces },
  )
  const isMoved = JSON.stringify(interfaces) !== JSON.stringify(endpoint.interfaces)
  return { ...changed, interfaces, ...(isMoved ? { state: 'pending', lastError: undefined } : {}) }
}

function changedPolicy(
  { policyDocument }: VpcEndpoint,
  { PolicyDocument: document, ResetPolicy: isReset }: Change,
): string {
  if (!isReset) return document ? endpointPolicyOf(document) : policyDocument
  if (!document) return defaultEndpointPolicy
  // This text is not AWS's.
  throw new ServiceError(
    'InvalidParameterCombination',
    'The parameter PolicyDocument cannot be used with the parameter ResetPolicy',
  )
}

function changedGroups(
  { securityGroupIds }: VpcEndpoint,
  { AddSecurityGroupId: added, RemoveSecurityGroupId: removed }: Change,
  { vpc }: Pick<SubnetFacts, 'vpc'>,
): readonly string[] {
  if (!added?.length && !removed?.length) return securityGroupIds
  if (added?.length) groupsOf(vpc, added)
  const groups = changedList(securityGroupIds, { removed, added, noun: 'security group' })
  // Without a group, no client could connect. AWS's answer is not known.
  if (groups.length === 0) throw invalidParameter('The endpoint must have at least one security group.')
  return groups
}

interface ListChange {
  readonly removed: readonly string[] | undefined
  readonly added: readonly string[] | undefined
  readonly noun: string
}

function changedList(
  before: readonly string[],
  { removed = [], added = [], noun }: ListChange,
): readonly string[] {
  const stray = removed.find(id => !before.includes(id))
  // This text is not AWS's.
  if (stray !== undefined) throw invalidParameter(`The ${noun} '${stray}' is not one of the endpoint.`)
  return [...new Set([...before.filter(id => !removed.includes(id)), ...added])]
}
