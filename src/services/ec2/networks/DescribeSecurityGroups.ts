import { type SecurityGroup, ServiceError, securityGroupArn, type Vpc } from '../../../domain/index.ts'
import { integer, list, string, structure } from '../../../std/index.ts'
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

const permissionType = structure({
  ipProtocol: string(),
  fromPort: integer(),
  toPort: integer(),
  groups: emptyListType,
  ipRanges: list(structure({ cidrIp: string() })),
  ipv6Ranges: list(structure({ cidrIpv6: string() })),
  prefixListIds: emptyListType,
})
const groupType = structure({
  groupId: string(),
  ipPermissionsEgress: list(permissionType),
  tagSet: tagSetType,
  vpcId: string(),
  securityGroupArn: string(),
  ownerId: string(),
  groupName: string(),
  groupDescription: string(),
  ipPermissions: list(permissionType),
})

interface Group extends SecurityGroup {
  readonly vpc: Vpc
  readonly port: number
}

const isIpv6 = (range: string) => range.includes(':')
const protocol = 'tcp'
const portOf = ({ sources, port }: Group) => (sources.length === 0 ? [] : [`${port}`])

const table: FilterTable<Group> = {
  filters: {
    description: group => [descriptionOf(group)],
    'group-id': ({ groupId }) => [groupId],
    'group-name': ({ name }) => [name],
    'ip-permission.cidr': ({ sources }) => sources.filter(range => !isIpv6(range)),
    'ip-permission.from-port': portOf,
    'ip-permission.ipv6-cidr': ({ sources }) => sources.filter(isIpv6),
    'ip-permission.protocol': ({ sources }) => (sources.length === 0 ? [] : [protocol]),
    'ip-permission.to-port': portOf,
    'owner-id': ({ vpc }) => [vpc.accountId],
    'vpc-id': ({ vpc }) => [vpc.vpcId],
  },
  tags: () => [],
}

/** Describes the security groups of the configuration. They admit clients to the port of the endpoints. */
export const DescribeSecurityGroups = ec2Operation({
  name: 'DescribeSecurityGroups',
  effect: 'read',
  input: structure({
    GroupId: textsType,
    GroupName: textsType,
    ...filterInput,
    ...pageInput,
    ...dryRunInput,
  }),
  output: structure({ securityGroupInfo: list(groupType), ...pageOutput }),
  isDryRun,
  record: {
    shown: input =>
      listingRecord(input, {
        securityGroupSet: setOf(input.GroupName, 'groupName'),
        securityGroupIdSet: setOf(input.GroupId, 'groupId'),
      }),
  },
  handle({ input, scope, secrets, networks, endpointPort: port }) {
    // Names are those of the default VPC, and no network is one. The text was recorded from AWS.
    if (input.GroupName !== undefined && input.GroupName.length > 0)
      throw new ServiceError('VPCIdNotSpecified', 'No default VPC for this user')
    const items = networks
      .list(scope)
      .flatMap(vpc => vpc.securityGroups.map(group => ({ ...group, vpc, port })))
    const idOf = ({ groupId }: Group) => groupId
    const listing = { operation: 'DescribeSecurityGroups', kind: 'sg', items, idOf, table } as const
    const { items: groups, nextToken } = pageOf(listing, input.GroupId, input, { scope, secrets })
    return { securityGroupInfo: groups.map(renderGroup), nextToken }
  },
})

/** The first group has the description of AWS's default groups. */
const descriptionOf = ({ vpc, groupId, name }: Group) =>
  vpc.securityGroups[0]?.groupId === groupId ? 'default VPC security group' : name

function renderGroup(group: Group) {
  const { groupId, name, vpc, sources, port } = group
  const permission = {
    ipProtocol: protocol,
    fromPort: port,
    toPort: port,
    groups: [],
    ipRanges: sources.filter(range => !isIpv6(range)).map(cidrIp => ({ cidrIp })),
    ipv6Ranges: sources.filter(isIpv6).map(cidrIpv6 => ({ cidrIpv6 })),
    prefixListIds: [],
  }
  return {
    groupId,
    // Endpoints connect to nothing.
    ipPermissionsEgress: [],
    tagSet: [],
    vpcId: vpc.vpcId,
    securityGroupArn: securityGroupArn(vpc, groupId),
    ownerId: vpc.accountId,
    groupName: name,
    groupDescription: descriptionOf(group),
    ipPermissions: sources.length === 0 ? [] : [permission],
  }
}
