import { addressesOf, type Subnet, subnetArn, type Vpc, zoneIdOf } from '../../../domain/index.ts'
import { boolean, integer, list, string, structure } from '../../../std/index.ts'
import { ec2Operation } from '../operation.ts'
import type { FilterTable } from '../wire/filters.ts'
import { pageOf } from '../wire/listing.ts'
import { listingRecord, setOf } from '../wire/records.ts'
import {
  dryRunInput,
  emptyListType,
  filterInput,
  isDryRun,
  pageInput,
  pageOutput,
  tagSetType,
  textsType,
} from '../wire/shapes.ts'

const subnetType = structure({
  availabilityZoneId: string(),
  mapCustomerOwnedIpOnLaunch: boolean(),
  ownerId: string(),
  assignIpv6AddressOnCreation: boolean(),
  ipv6CidrBlockAssociationSet: emptyListType,
  tagSet: tagSetType,
  subnetArn: string(),
  enableDns64: boolean(),
  ipv6Native: boolean(),
  subnetId: string(),
  state: string(),
  vpcId: string(),
  cidrBlock: string(),
  availableIpAddressCount: integer(),
  availabilityZone: string(),
  defaultForAz: boolean(),
  mapPublicIpOnLaunch: boolean(),
})

interface Place extends Subnet {
  readonly vpc: Vpc
  /** The addresses of IPv4 that no endpoint has. */
  readonly freeCount: number
}

const zoneOf = ({ zone }: Place) => [zone]
const zoneIdsOf = ({ zone }: Place) => [zoneIdOf(zone)]
/** Without a range of its own, a subnet shows that of its VPC. */
const rangeOf = ({ cidr, vpc }: Place) => cidr ?? vpc.cidr
const cidrOf = (place: Place) => [rangeOf(place)]
const no = () => ['false']

/** Some filters have several names (Amazon EC2 API reference, "DescribeSubnets"). */
const table: FilterTable<Place> = {
  filters: {
    'availability-zone': zoneOf,
    availabilityZone: zoneOf,
    'availability-zone-id': zoneIdsOf,
    availabilityZoneId: zoneIdsOf,
    'available-ip-address-count': ({ freeCount }) => [`${freeCount}`],
    'cidr-block': cidrOf,
    cidr: cidrOf,
    cidrBlock: cidrOf,
    'default-for-az': no,
    defaultForAz: no,
    'enable-dns64': no,
    'ipv6-native': no,
    'map-public-ip-on-launch': no,
    'owner-id': ({ vpc }) => [vpc.accountId],
    state: () => ['available'],
    'subnet-arn': ({ vpc, subnetId }) => [subnetArn(vpc, subnetId)],
    'subnet-id': ({ subnetId }) => [subnetId],
    'vpc-id': ({ vpc }) => [vpc.vpcId],
  },
  tags: () => [],
}

/** Describes the subnets of the configuration. */
export const DescribeSubnets = ec2Operation({
  name: 'DescribeSubnets',
  effect: 'read',
  input: structure({ SubnetId: textsType, ...filterInput, ...pageInput, ...dryRunInput }),
  output: structure({ subnetSet: list(subnetType), ...pageOutput }),
  isDryRun,
  record: { shown: input => listingRecord(input, { subnetSet: setOf(input.SubnetId, 'subnetId') }) },
  async handle({ input, scope, secrets, networks, store }) {
    const taken = new Set((await store.vpcEndpoints.list(scope)).flatMap(addressesOf))
    const isFree = (address: string) => !address.includes(':') && !taken.has(address)
    const items = networks
      .list(scope)
      .flatMap(vpc =>
        vpc.subnets.map(subnet => ({ ...subnet, vpc, freeCount: subnet.addresses.filter(isFree).length })),
      )
    const idOf = ({ subnetId }: Place) => subnetId
    const listing = { operation: 'DescribeSubnets', kind: 'subnet', items, idOf, table } as const
    const { items: subnets, nextToken } = pageOf(listing, input.SubnetId, input, { scope, secrets })
    return { subnetSet: subnets.map(renderSubnet), nextToken }
  },
})

function renderSubnet(place: Place) {
  const { subnetId, zone, vpc, freeCount } = place
  return {
    availabilityZoneId: zoneIdOf(zone),
    mapCustomerOwnedIpOnLaunch: false,
    ownerId: vpc.accountId,
    assignIpv6AddressOnCreation: false,
    ipv6CidrBlockAssociationSet: [],
    tagSet: [],
    subnetArn: subnetArn(vpc, subnetId),
    enableDns64: false,
    ipv6Native: false,
    subnetId,
    state: 'available',
    vpcId: vpc.vpcId,
    cidrBlock: rangeOf(place),
    availableIpAddressCount: freeCount,
    availabilityZone: zone,
    defaultForAz: false,
    mapPublicIpOnLaunch: false,
  }
}
