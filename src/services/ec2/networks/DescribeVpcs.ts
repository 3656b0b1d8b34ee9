import type { Vpc } from '../../../domain/index.ts'
import { boolean, list, string, structure } from '../../../std/index.ts'
import { ec2Operation } from '../operation.ts'
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
import { derivedId } from './derived-id.ts'

const blockStateType = structure({ state: string() })
const vpcType = structure({
  ownerId: string(),
  instanceTenancy: string(),
  ipv6CidrBlockAssociationSet: list(
    structure({ associationId: string(), ipv6CidrBlock: string(), ipv6CidrBlockState: blockStateType }),
  ),
  cidrBlockAssociationSet: list(
    structure({ associationId: string(), cidrBlock: string(), cidrBlockState: blockStateType }),
  ),
  isDefault: boolean(),
  tagSet: tagSetType,
  vpcId: string(),
  state: string(),
  cidrBlock: string(),
  dhcpOptionsId: string(),
})

const [available, associated] = ['available', { state: 'associated' }] as const
/** The id for a VPC without DHCP options (Amazon EC2 API reference, "AssociateDhcpOptions"). */
const noDhcpOptions = 'default'
const isDefault = () => ['false']

const table: FilterTable<Vpc> = {
  filters: {
    cidr: ({ cidr }) => [cidr],
    'cidr-block-association.association-id': ({ vpcId }) => [derivedId('vpc-cidr-assoc', vpcId)],
    'cidr-block-association.cidr-block': ({ cidr }) => [cidr],
    'cidr-block-association.state': () => [associated.state],
    'dhcp-options-id': () => [noDhcpOptions],
    'ipv6-cidr-block-association.ipv6-cidr-block': ({ ipv6Cidr }) => [ipv6Cidr],
    'is-default': isDefault,
    // Terraform has this spelling.
    isDefault,
    'owner-id': ({ accountId }) => [accountId],
    state: () => [available],
    'vpc-id': ({ vpcId }) => [vpcId],
  },
  tags: () => [],
}

/** Describes the networks of the configuration. */
export const DescribeVpcs = ec2Operation({
  name: 'DescribeVpcs',
  effect: 'read',
  input: structure({ VpcId: textsType, ...filterInput, ...pageInput, ...dryRunInput }),
  output: structure({ vpcSet: list(vpcType), ...pageOutput }),
  isDryRun,
  record: { shown: input => listingRecord(input, { vpcSet: setOf(input.VpcId, 'vpcId') }) },
  handle({ input, scope, secrets, networks }) {
    const items = networks.list(scope)
    const idOf = ({ vpcId }: Vpc) => vpcId
    const listing = { operation: 'DescribeVpcs', kind: 'vpc', items, idOf, table } as const
    const { items: vpcs, nextToken } = pageOf(listing, input.VpcId, input, { scope, secrets })
    return { vpcSet: vpcs.map(renderVpc), nextToken }
  },
})

function renderVpc({ vpcId, accountId, cidr, ipv6Cidr }: Vpc) {
  const ofIpv6 = ipv6Cidr === undefined ? [] : [ipv6Cidr]
  return {
    ownerId: accountId,
    instanceTenancy: 'default',
    ipv6CidrBlockAssociationSet: ofIpv6.map(ipv6CidrBlock => ({
      associationId: derivedId('vpc-cidr-assoc', `${vpcId} ${ipv6CidrBlock}`),
      ipv6CidrBlock,
      ipv6CidrBlockState: associated,
    })),
    cidrBlockAssociationSet: [
      { associationId: derivedId('vpc-cidr-assoc', vpcId), cidrBlock: cidr, cidrBlockState: associated },
    ],
    isDefault: false,
    tagSet: [],
    vpcId,
    state: available,
    cidrBlock: cidr,
    dhcpOptionsId: noDhcpOptions,
  }
}
