import type { Vpc } from '../../../domain/index.ts'
import { boolean, list, string, structure } from '../../../std/index.ts'
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
import { derivedId } from './derived-id.ts'

const tableType = structure({
  associationSet: list(
    structure({
      main: boolean(),
      routeTableAssociationId: string(),
      routeTableId: string(),
      associationState: structure({ state: string() }),
    }),
  ),
  propagatingVgwSet: emptyListType,
  routeTableId: string(),
  routeSet: list(
    structure({
      destinationCidrBlock: string(),
      destinationIpv6CidrBlock: string(),
      gatewayId: string(),
      origin: string(),
      state: string(),
    }),
  ),
  tagSet: tagSetType,
  vpcId: string(),
  ownerId: string(),
})

/** A network has its main route table alone, with the route within the network. */
const route = { gatewayId: 'local', origin: 'CreateRouteTable', state: 'active' } as const
const tableIdOf = ({ vpcId }: Vpc) => derivedId('rtb', vpcId)
const associationIdOf = ({ vpcId }: Vpc) => derivedId('rtbassoc', vpcId)

const table: FilterTable<Vpc> = {
  filters: {
    'association.main': () => ['true'],
    'association.route-table-association-id': vpc => [associationIdOf(vpc)],
    'association.route-table-id': vpc => [tableIdOf(vpc)],
    // The main table is that of subnets without one of their own.
    'association.subnet-id': () => [],
    'owner-id': ({ accountId }) => [accountId],
    'route-table-id': vpc => [tableIdOf(vpc)],
    'route.destination-cidr-block': ({ cidr }) => [cidr],
    'route.destination-ipv6-cidr-block': ({ ipv6Cidr }) => [ipv6Cidr],
    'route.gateway-id': () => [route.gatewayId],
    'route.origin': () => [route.origin],
    'route.state': () => [route.state],
    'vpc-id': ({ vpcId }) => [vpcId],
  },
  tags: () => [],
}

/** Describes the route tables of the networks: each has its main table alone. */
export const DescribeRouteTables = ec2Operation({
  name: 'DescribeRouteTables',
  effect: 'read',
  input: structure({ RouteTableId: textsType, ...filterInput, ...pageInput, ...dryRunInput }),
  output: structure({ routeTableSet: list(tableType), ...pageOutput }),
  isDryRun,
  record: {
    shown: input => listingRecord(input, { routeTableIdSet: setOf(input.RouteTableId, 'routeTableId') }),
  },
  handle({ input, scope, secrets, networks }) {
    const items = networks.list(scope)
    const listing = { operation: 'DescribeRouteTables', kind: 'rtb', items, idOf: tableIdOf, table } as const
    const { items: vpcs, nextToken } = pageOf(listing, input.RouteTableId, input, { scope, secrets })
    return { routeTableSet: vpcs.map(renderTable), nextToken }
  },
})

function renderTable(vpc: Vpc) {
  const { vpcId, accountId, cidr, ipv6Cidr } = vpc
  const routeTableId = tableIdOf(vpc)
  return {
    associationSet: [
      {
        main: true,
        routeTableAssociationId: associationIdOf(vpc),
        routeTableId,
        associationState: { state: 'associated' },
      },
    ],
    propagatingVgwSet: [],
    routeTableId,
    routeSet: [
      { ...route, destinationCidrBlock: cidr },
      ...(ipv6Cidr === undefined ? [] : [{ ...route, destinationIpv6CidrBlock: ipv6Cidr }]),
    ],
    tagSet: [],
    vpcId,
    ownerId: accountId,
  }
}
