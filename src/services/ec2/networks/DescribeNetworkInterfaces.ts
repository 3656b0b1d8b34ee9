import { type EndpointInterface, findVpc, type VpcEndpoint, zoneIdOf } from '../../../domain/index.ts'
import { boolean, list, string, structure } from '../../../std/index.ts'
import { ec2Operation } from '../operation.ts'
import { groupSetOf, groupSetType } from '../vpc-endpoints/render-endpoint.ts'
import type { FilterTable } from '../wire/filters.ts'
import { pageOf } from '../wire/listing.ts'
import { listingRecord, setOf } from '../wire/records.ts'
import {
  dryRunInput,
  filterInput,
  isDryRun,
  pageInput,
  pageOutput,
  tagSetType,
  textsType,
} from '../wire/shapes.ts'

const interfaceType = structure({
  availabilityZone: string(),
  description: string(),
  groupSet: groupSetType,
  interfaceType: string(),
  ipv6AddressesSet: list(structure({ ipv6Address: string() })),
  networkInterfaceId: string(),
  ownerId: string(),
  privateIpAddress: string(),
  privateIpAddressesSet: list(structure({ primary: boolean(), privateIpAddress: string() })),
  requesterManaged: boolean(),
  sourceDestCheck: boolean(),
  status: string(),
  subnetId: string(),
  tagSet: tagSetType,
  vpcId: string(),
  ipv6Address: string(),
  availabilityZoneId: string(),
})

interface Interface extends EndpointInterface {
  readonly endpoint: VpcEndpoint
}

const [kind, status] = ['vpc_endpoint', 'in-use'] as const
const descriptionOf = ({ endpoint }: Interface) => `VPC Endpoint Interface ${endpoint.vpcEndpointId}`

const table: FilterTable<Interface> = {
  filters: {
    'addresses.primary': ({ ipv4 }) => (ipv4 === undefined ? [] : ['true']),
    'addresses.private-ip-address': ({ ipv4 }) => [ipv4],
    'availability-zone': ({ zone }) => [zone],
    'availability-zone-id': ({ zone }) => [zoneIdOf(zone)],
    description: each => [descriptionOf(each)],
    'group-id': ({ endpoint }) => endpoint.securityGroupIds,
    'interface-type': () => [kind],
    'ipv6-addresses.ipv6-address': ({ ipv6 }) => [ipv6],
    'network-interface-id': ({ networkInterfaceId }) => [networkInterfaceId],
    'owner-id': ({ endpoint }) => [endpoint.accountId],
    'private-ip-address': ({ ipv4 }) => [ipv4],
    'requester-managed': () => ['true'],
    'source-dest-check': () => ['true'],
    status: () => [status],
    'subnet-id': ({ subnetId }) => [subnetId],
    'vpc-id': ({ endpoint }) => [endpoint.vpcId],
  },
  tags: () => [],
}

/** Describes the network interfaces of VPC endpoints. */
export const DescribeNetworkInterfaces = ec2Operation({
  name: 'DescribeNetworkInterfaces',
  effect: 'read',
  input: structure({
    NetworkInterfaceId: textsType,
    IncludeManagedResources: boolean(),
    ...filterInput,
    ...pageInput,
    ...dryRunInput,
  }),
  output: structure({ networkInterfaceSet: list(interfaceType), ...pageOutput }),
  isDryRun,
  record: {
    shown: input =>
      listingRecord(input, {
        networkInterfaceIdSet: setOf(input.NetworkInterfaceId, 'networkInterfaceId'),
      }),
  },
  async handle({ input, scope, secrets, networks, store }) {
    const endpoints = await store.vpcEndpoints.list(scope)
    const items = endpoints.flatMap(endpoint => endpoint.interfaces.map(each => ({ ...each, endpoint })))
    const idOf = ({ networkInterfaceId }: Interface) => networkInterfaceId
    const listing = { operation: 'DescribeNetworkInterfaces', kind: 'eni', items, idOf, table } as const
    const { items: page, nextToken } = pageOf(listing, input.NetworkInterfaceId, input, { scope, secrets })
    const render = (each: Interface) => ({
      ...renderInterface(each),
      groupSet: groupSetOf(each.endpoint, findVpc(networks, scope, each.endpoint.vpcId)),
    })
    return { networkInterfaceSet: page.map(render), nextToken }
  },
})

function renderInterface(each: Interface) {
  const { endpoint, networkInterfaceId, subnetId, zone, ipv4, ipv6 } = each
  return {
    availabilityZone: zone,
    description: descriptionOf(each),
    interfaceType: kind,
    ipv6AddressesSet: ipv6 === undefined ? [] : [{ ipv6Address: ipv6 }],
    networkInterfaceId,
    ownerId: endpoint.accountId,
    privateIpAddress: ipv4,
    privateIpAddressesSet: ipv4 === undefined ? [] : [{ primary: true, privateIpAddress: ipv4 }],
    requesterManaged: true,
    sourceDestCheck: true,
    status,
    subnetId,
    tagSet: [],
    vpcId: endpoint.vpcId,
    ipv6Address: ipv6,
    availabilityZoneId: zoneIdOf(zone),
  }
}
