import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { portOfFile } from '../../fixtures/private-endpoints/port-of-file.ts'
import { credentialsOf } from '../../fixtures/seed.ts'
import {
  defaultGroup,
  endpointsWorld,
  here,
  kms,
  otherSubnetA,
  otherVpc,
  ours,
  subnetA,
  subnetB,
  vpc,
} from '../../fixtures/worlds/vpc-endpoints.ts'
import { cliDirectory, runAwsCli, skipWithoutAwsCli } from './aws-cli.ts'

type Json = Readonly<Record<string, unknown>>

const world = skipWithoutAwsCli === false ? await endpointsWorld() : undefined

describe('the AWS CLI reads networks and tags', { skip: skipWithoutAwsCli }, () => {
  async function ec2(operation: string, ...args: readonly string[]): Promise<Json> {
    const { accessKeyId, secretAccessKey } = credentialsOf('admin')
    return await runAwsCli(['ec2', operation, ...args], {
      environment: {
        HOME: cliDirectory,
        AWS_ACCESS_KEY_ID: accessKeyId,
        AWS_SECRET_ACCESS_KEY: secretAccessKey,
        AWS_DEFAULT_REGION: here,
        AWS_ENDPOINT_URL_EC2: world?.server.url ?? '',
        AWS_MAX_ATTEMPTS: '1',
      },
    })
  }

  const idsOf = (answer: Json, list: string, id: string) => (answer[list] as Json[]).map(item => item[id])

  test('it reads the networks', async () => {
    const [network] = (await ec2('describe-vpcs', '--vpc-ids', vpc))['Vpcs'] as [Json]
    const { CidrBlockAssociationSet: associations, ...plain } = network
    assert.deepEqual(plain, {
      ...{ OwnerId: ours, InstanceTenancy: 'default', Ipv6CidrBlockAssociationSet: [], IsDefault: false },
      ...{ Tags: [], VpcId: vpc, State: 'available', CidrBlock: '127.40.0.0/16', DhcpOptionsId: 'default' },
    })
    assert.deepEqual(idsOf({ associations }, 'associations', 'CidrBlock'), ['127.40.0.0/16'])
    const subnets = await ec2(
      ...(['describe-subnets', '--filters'] as const),
      ...[`Name=vpc-id,Values=${vpc}`, `Name=availability-zone,Values=${here}a,${here}b`],
    )
    assert.deepEqual(idsOf(subnets, 'Subnets', 'SubnetId'), [subnetA, otherSubnetA, subnetB])
    const groups = await ec2('describe-security-groups', '--group-ids', defaultGroup)
    const [{ IpPermissions: permissions }] = groups['SecurityGroups'] as [Json]
    assert.deepEqual(permissions, [
      {
        ...{ IpProtocol: 'tcp', FromPort: portOfFile, ToPort: portOfFile, UserIdGroupPairs: [] },
        ...{ IpRanges: [{ CidrIp: '127.0.0.0/8' }], Ipv6Ranges: [], PrefixListIds: [] },
      },
    ])
    const tables = await ec2('describe-route-tables')
    assert.deepEqual(idsOf(tables, 'RouteTables', 'VpcId').sort(), [vpc, otherVpc].sort())
    const attribute = await ec2('describe-vpc-attribute', '--vpc-id', vpc, '--attribute', 'enableDnsSupport')
    assert.deepEqual(attribute, { VpcId: vpc, EnableDnsSupport: { Value: true } })
    const regions = await ec2('describe-regions', '--all-regions')
    assert.deepEqual(idsOf(regions, 'Regions', 'RegionName'), ['us-east-1', 'eu-west-1'])
    const zones = await ec2('describe-availability-zones', '--zone-ids', 'use1-az2')
    assert.deepEqual(idsOf(zones, 'AvailabilityZones', 'ZoneName'), [`${here}b`])
  })

  test('it tags an endpoint, and reads its interfaces and its tags page by page', async () => {
    const tags = [
      { Key: 'team', Value: 'a b' },
      { Key: 'x', Value: '' },
    ]
    const specification = { ResourceType: 'vpc-endpoint', Tags: tags }
    const made = await ec2(
      ...(['create-vpc-endpoint', '--vpc-endpoint-type', 'Interface', '--vpc-id', vpc] as const),
      ...['--service-name', kms, '--subnet-ids', subnetA, subnetB, '--no-private-dns-enabled'],
      ...['--tag-specifications', JSON.stringify([specification])],
    )
    const endpoint = made['VpcEndpoint'] as Json
    const id = `${endpoint['VpcEndpointId']}`
    assert.deepEqual(endpoint['Tags'], tags)
    const interfaces = await ec2(
      'describe-network-interfaces',
      '--filters',
      'Name=interface-type,Values=vpc_endpoint',
    )
    assert.deepEqual(idsOf(interfaces, 'NetworkInterfaces', 'PrivateIpAddress').sort(), [
      '127.40.1.5',
      '127.40.3.5',
    ])
    const keys = ['a', 'b', 'c', 'd']
    await ec2('create-tags', '--resources', id, '--tags', ...keys.map(key => `Key=${key},Value=1`))
    const all = await ec2('describe-tags', '--page-size', '5', '--filters', `Name=resource-id,Values=${id}`)
    assert.deepEqual(idsOf(all, 'Tags', 'Key'), [...keys, 'team', 'x'])
    const first = await ec2('describe-tags', '--page-size', '5', '--max-items', '2')
    assert.deepEqual(idsOf(first, 'Tags', 'Key'), ['a', 'b'])
    const rest = await ec2('describe-tags', '--page-size', '5', '--starting-token', `${first['NextToken']}`)
    assert.deepEqual(idsOf(rest, 'Tags', 'Key'), ['c', 'd', 'team', 'x'])
    await ec2('delete-tags', '--resources', id, '--tags', ...keys.map(key => `Key=${key}`), 'Key=x,Value=')
    const left = await ec2('describe-tags')
    assert.deepEqual(left['Tags'], [
      { Key: 'team', ResourceId: id, ResourceType: 'vpc-endpoint', Value: 'a b' },
    ])
  })

  test('it shows errors', async () => {
    await assert.rejects(
      ec2('describe-vpcs', '--vpc-ids', 'vpc-00000000'),
      /\(InvalidVpcID\.NotFound\) when calling the DescribeVpcs operation: The vpc ID 'vpc-00000000' does not exist/,
    )
    await assert.rejects(
      ec2('describe-subnets', '--dry-run'),
      /\(DryRunOperation\) when calling the DescribeSubnets operation: Request would have succeeded, but DryRun flag is set\./,
    )
    await assert.rejects(
      ec2('describe-instances'),
      /\(InvalidAction\) when calling the DescribeInstances operation: Could not find operation DescribeInstances/,
    )
  })
})
