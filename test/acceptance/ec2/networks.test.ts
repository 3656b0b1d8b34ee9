import assert from 'node:assert/strict'
import { afterEach, beforeEach, test } from 'node:test'
import { readAuditRecords } from '../../fixtures/keyward-process.ts'
import { portOfFile } from '../../fixtures/private-endpoints/port-of-file.ts'
import { sampleEndpoint } from '../../fixtures/private-endpoints/sample-vpc.ts'
import type { QueryAnswer } from '../../fixtures/query-call.ts'
import { allow, seedUser } from '../../fixtures/seed.ts'
import {
  defaultGroup,
  endpointsWorld,
  filtersOf,
  here,
  isRefused,
  listOf,
  otherGroup,
  otherSubnetA,
  otherVpc,
  otherVpcSubnet,
  ours,
  subnetA,
  subnetB,
  theirGroup,
  theirSubnet,
  theirVpc,
  there,
  vpc,
  vpcThere,
} from '../../fixtures/worlds/vpc-endpoints.ts'

// The API shows the networks of the configuration (Amazon EC2 API reference), those of the caller's account in the Region alone.

const world = await endpointsWorld([seedUser('reader', allow('ec2:DescribeVpcs')), seedUser('nobody')])
const [endpoint, eni] = ['vpce-0a1b2c3d4e5f60001', 'eni-0a1b2c3d4e5f60001']
beforeEach(() =>
  world.server.store.write(writer =>
    writer.vpcEndpoints.insert({
      ...sampleEndpoint,
      ...{ vpcEndpointId: endpoint, vpcId: vpc, accountId: ours, region: here },
      securityGroupIds: [defaultGroup, otherGroup],
      interfaces: [
        { networkInterfaceId: eni, subnetId: subnetA, zone: `${here}a`, ipv4: '127.40.1.5', ipv6: undefined },
      ],
    }),
  ),
)
afterEach(() => world.clear())

/** The texts of all elements with a name, in their order. */
const all = ({ text }: QueryAnswer, name: string) =>
  [...text.matchAll(new RegExp(`<${name}>([^<]*)</${name}>`, 'g'))].map(([, found]) => found)

/** The ids that an operation describes, with these filters. */
async function ids(
  operation: string,
  name: string,
  filters: Readonly<Record<string, readonly string[]>> = {},
) {
  const answer = await world.call(operation, filtersOf(filters))
  assert.equal(answer.status, 200, answer.text)
  return all(answer, name)
}

test('networks are those of the account in the Region', async () => {
  assert.deepEqual(await ids('DescribeVpcs', 'vpcId'), [vpc, otherVpc])
  assert.deepEqual(all(await world.call('DescribeVpcs', {}, 'stranger'), 'vpcId'), [theirVpc])
  const answer = await world.call('DescribeVpcs', listOf('VpcId', vpc))
  for (const [name, value] of Object.entries({
    ...{ ownerId: ours, vpcId: vpc, cidrBlock: '127.40.0.0/16', isDefault: 'false' },
    ...{ instanceTenancy: 'default', dhcpOptionsId: 'default' },
  }))
    assert.equal(answer.find(name), value, name)
  assert.match(answer.text, /<cidrBlockState><state>associated<\/state><\/cidrBlockState>.*<tagSet\/>/)
  for (const id of [theirVpc, vpcThere])
    isRefused(
      await world.call('DescribeVpcs', listOf('VpcId', vpc, id)),
      'InvalidVpcID.NotFound',
      `The vpc ID '${id}' does not exist`,
    )
})

// Amazon EC2 API reference, the filters of each operation. Terraform spells `isDefault`.
test('filters choose among them', async () => {
  assert.deepEqual(await ids('DescribeVpcs', 'vpcId', { cidr: ['127.41.*'] }), [otherVpc])
  assert.deepEqual(await ids('DescribeVpcs', 'vpcId', { isDefault: ['true'] }), [])
  assert.deepEqual(await ids('DescribeVpcs', 'vpcId', { 'is-default': ['false'], 'vpc-id': [vpc] }), [vpc])
  assert.deepEqual(
    await ids('DescribeSubnets', 'subnetId', { 'vpc-id': [vpc], availabilityZone: [`${here}a`] }),
    [subnetA, otherSubnetA],
  )
  assert.deepEqual(await ids('DescribeSecurityGroups', 'groupId', { 'group-name': ['app*'] }), [otherGroup])
  assert.deepEqual(
    await ids('DescribeSecurityGroups', 'groupId', { 'ip-permission.cidr': ['127.40.9.0/24'] }),
    [otherGroup],
  )
  assert.deepEqual(
    await ids('DescribeNetworkInterfaces', 'networkInterfaceId', { 'group-id': [otherGroup] }),
    [eni],
  )
  assert.deepEqual(await ids('DescribeNetworkInterfaces', 'networkInterfaceId', { 'vpc-id': [otherVpc] }), [])
  isRefused(
    await world.call('DescribeSubnets', filtersOf({ colour: ['red'] })),
    'InvalidParameterValue',
    "The filter 'colour' is invalid",
  )
})

test('a subnet has the addresses that no endpoint has', async () => {
  const answer = await world.call('DescribeSubnets', listOf('SubnetId', subnetA, subnetB))
  assert.deepEqual(all(answer, 'subnetId'), [subnetA, subnetB])
  assert.deepEqual(all(answer, 'availableIpAddressCount'), ['1', '1'])
  assert.deepEqual(all(answer, 'availabilityZoneId'), ['use1-az1', 'use1-az2'])
  assert.equal(answer.find('subnetArn'), `arn:aws:ec2:${here}:${ours}:subnet/${subnetA}`)
  assert.equal(answer.find('vpcId'), vpc)
  // The configuration gives the second one a range of its own.
  assert.deepEqual(all(answer, 'cidrBlock'), ['127.40.0.0/16', '127.40.3.0/24'])
  for (const name of ['cidr', 'cidrBlock', 'cidr-block'])
    assert.deepEqual(await ids('DescribeSubnets', 'subnetId', { [name]: ['127.40.3.0/24'] }), [subnetB])
  isRefused(await world.call('DescribeSubnets', listOf('SubnetId', theirSubnet)), 'InvalidSubnetID.NotFound')
  isRefused(await world.call('DescribeSubnets', listOf('SubnetId', 'mine')), 'InvalidSubnetId.Malformed')
})

test('a security group admits its sources to the port of the endpoints', async () => {
  const answer = await world.call('DescribeSecurityGroups', listOf('GroupId', defaultGroup, otherGroup))
  assert.deepEqual(all(answer, 'groupName'), ['default', 'applications'])
  assert.deepEqual(all(answer, 'groupDescription'), ['default VPC security group', 'applications'])
  assert.deepEqual(all(answer, 'cidrIp'), ['127.0.0.0/8', '127.40.9.0/24'])
  assert.deepEqual(all(answer, 'fromPort'), [`${portOfFile}`, `${portOfFile}`])
  assert.deepEqual(all(answer, 'ipProtocol'), ['tcp', 'tcp'])
  isRefused(
    await world.call('DescribeSecurityGroups', listOf('GroupId', theirGroup)),
    'InvalidGroup.NotFound',
  )
  isRefused(
    await world.call('DescribeSecurityGroups', listOf('GroupName', 'default')),
    'VPCIdNotSpecified',
    'No default VPC for this user',
  )
})

test('the interfaces are those of endpoints', async () => {
  const answer = await world.call('DescribeNetworkInterfaces', listOf('NetworkInterfaceId', eni))
  for (const [name, value] of Object.entries({
    ...{ networkInterfaceId: eni, subnetId: subnetA, vpcId: vpc, privateIpAddress: '127.40.1.5' },
    ...{ description: `VPC Endpoint Interface ${endpoint}`, interfaceType: 'vpc_endpoint' },
    ...{ requesterManaged: 'true', status: 'in-use', availabilityZone: `${here}a`, ownerId: ours },
  }))
    assert.equal(answer.find(name), value, name)
  assert.deepEqual(all(answer, 'groupName'), ['default', 'applications'])
  isRefused(
    await world.call('DescribeNetworkInterfaces', listOf('NetworkInterfaceId', eni), 'stranger'),
    'InvalidNetworkInterfaceID.NotFound',
    `The networkInterface ID '${eni}' does not exist`,
  )
})

test('a network has one route table, and DNS', async () => {
  const tables = await world.call(
    'DescribeRouteTables',
    filtersOf({ 'association.main': ['true'], 'vpc-id': [vpc] }),
  )
  assert.deepEqual(all(tables, 'vpcId'), [vpc])
  assert.match(
    tables.text,
    /<routeSet><item><destinationCidrBlock>127\.40\.0\.0\/16<\/destinationCidrBlock><gatewayId>local<\/gatewayId>/,
  )
  const id = tables.find('routeTableId') ?? ''
  assert.match(id, /^rtb-[0-9a-f]{17}$/)
  assert.equal((await world.call('DescribeRouteTables', listOf('RouteTableId', id))).find('vpcId'), vpc)
  for (const [Attribute, value] of [
    ['enableDnsSupport', 'true'],
    ['enableDnsHostnames', 'true'],
    ['enableNetworkAddressUsageMetrics', 'false'],
  ] as const) {
    const { text } = await world.call('DescribeVpcAttribute', { VpcId: vpc, Attribute })
    assert.ok(text.includes(`<${Attribute}><value>${value}</value></${Attribute}></DescribeVpc`), text)
  }
  const attribute = { VpcId: vpc, Attribute: 'constructor' }
  isRefused(await world.call('DescribeVpcAttribute', attribute), 'InvalidParameterValue')
  isRefused(
    await world.call('DescribeVpcAttribute', { VpcId: vpc }),
    'MissingParameter',
    'The request must contain the parameter Attribute',
  )
  isRefused(
    await world.call('DescribeVpcAttribute', { ...attribute, VpcId: theirVpc }),
    'InvalidVpcID.NotFound',
  )
})

test('Regions and zones are those of the server and of its networks', async () => {
  assert.deepEqual(await ids('DescribeRegions', 'regionName'), [here, there])
  assert.deepEqual(await ids('DescribeRegions', 'regionName', { endpoint: ['*eu-*'] }), [there])
  isRefused(await world.call('DescribeRegions', listOf('RegionName', 'us-west-2')), 'InvalidParameterValue')
  assert.deepEqual(await ids('DescribeAvailabilityZones', 'zoneName'), [`${here}a`, `${here}b`])
  const byId = await world.call('DescribeAvailabilityZones', listOf('ZoneId', 'use1-az2'))
  assert.deepEqual(all(byId, 'zoneName'), [`${here}b`])
  isRefused(
    await world.call('DescribeAvailabilityZones', listOf('ZoneName', `${here}c`)),
    'InvalidParameterValue',
    `Invalid availability zone: [${here}c]`,
  )
})

test('a caller needs the permission for the operation on all resources', async () => {
  assert.equal((await world.call('DescribeVpcs', {}, 'reader')).status, 200)
  isRefused(await world.call('DescribeVpcs', { DryRun: 'true' }, 'reader'), 'DryRunOperation', undefined, 412)
  for (const operation of [
    'DescribeSubnets',
    'DescribeSecurityGroups',
    'DescribeNetworkInterfaces',
    'DescribeRouteTables',
    'DescribeVpcAttribute',
    'DescribeRegions',
    'DescribeAvailabilityZones',
  ])
    isRefused(
      await world.call(operation, {}, 'reader'),
      'UnauthorizedOperation',
      `You are not authorized to perform this operation. User: arn:aws:iam::${ours}:user/reader is not authorized to perform: ec2:${operation} because no identity-based policy allows the ec2:${operation} action`,
      403,
    )
})

// The form: records of AWS in the tests of the detection rules of Panther.
test('records have the ids and filters as CloudTrail writes them', async () => {
  await world.call('DescribeVpcs')
  await world.call('DescribeVpcs', { ...listOf('VpcId', vpc), MaxResults: '5' })
  await world.call('DescribeSecurityGroups', filtersOf({ 'vpc-id': [vpc, 'vpc-2*'] }))
  await world.call('DescribeAvailabilityZones')
  const shown = readAuditRecords(world.server.dataDirectory)
    .slice(-4)
    .map(record => record['requestParameters'])
  assert.deepEqual(shown, [
    { vpcSet: {}, filterSet: {} },
    { maxResults: 5, vpcSet: { items: [{ vpcId: vpc }] }, filterSet: {} },
    {
      securityGroupSet: {},
      securityGroupIdSet: {},
      filterSet: {
        items: [{ name: 'vpc-id', valueSet: { items: [{ value: vpc }, { value: 'vpc-2*' }] } }],
      },
    },
    { availabilityZoneSet: {}, availabilityZoneIdSet: {}, filterSet: {} },
  ])
})

test('a subnet of a different network is not in the first', async () => {
  assert.deepEqual(await ids('DescribeSubnets', 'subnetId', { 'vpc-id': [otherVpc] }), [otherVpcSubnet])
})
