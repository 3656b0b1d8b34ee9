import assert from 'node:assert/strict'
import { afterEach, test } from 'node:test'
import { defaultEndpointPolicy, type VpcEndpoint } from '../../../src/domain/index.ts'
import { unescaped } from '../../fixtures/private-endpoints/ec2-xml.ts'
import {
  defaultGroup,
  endpointsWorld,
  here,
  isRefused,
  listOf,
  otherGroup,
  otherSubnetA,
  ours,
  type Parameters,
  subnetA,
  subnetB,
  vpc,
} from '../../fixtures/worlds/vpc-endpoints.ts'

const world = await endpointsWorld()
afterEach(() => world.clear())

const unknown = 'vpce-0a1b2c3d4e5f6dead'
const modify = (id: string, parameters: Parameters) =>
  world.call('ModifyVpcEndpoint', { VpcEndpointId: id, ...parameters })
const modified = async (id: string, parameters: Parameters) => {
  const answer = await modify(id, parameters)
  assert.equal(answer.status, 200, answer.text)
  assert.equal(answer.find('return'), 'true')
}
const refused = async (id: string, parameters: Parameters, code: string, text?: string) =>
  isRefused(await modify(id, parameters), code, text)
const stored = async (id: string): Promise<VpcEndpoint> => {
  const endpoint = await world.server.store.reader.vpcEndpoints.find({ accountId: ours, region: here }, id)
  assert.ok(endpoint)
  return endpoint
}
const policy = '{"Statement":[{"Effect":"Deny","Principal":"*","Action":"kms:*","Resource":"*"}]}'

test('the policy of an endpoint is replaced, and reset to the default', async () => {
  const id = await world.create()
  await modified(id, { PolicyDocument: policy })
  assert.equal(unescaped((await world.describe(id)).find('policyDocument')), policy)
  await refused(id, { PolicyDocument: policy, ResetPolicy: 'true' }, 'InvalidParameterCombination')
  await refused(id, { PolicyDocument: '{}' }, 'InvalidPolicyDocument')
  await modified(id, { ResetPolicy: 'true' })
  assert.equal(unescaped((await world.describe(id)).find('policyDocument')), defaultEndpointPolicy)
})

test('a kept subnet keeps its interface and address, and a new one takes a free address', async () => {
  await world.create(listOf('SubnetId', subnetA))
  const id = await world.create(listOf('SubnetId', subnetA))
  const [before] = (await stored(id)).interfaces
  assert.equal(before?.ipv4, '127.40.1.6')
  await modified(id, listOf('AddSubnetId', subnetB))
  const { interfaces } = await stored(id)
  assert.deepEqual(interfaces[0], before)
  assert.equal(interfaces[1]?.ipv4, '127.40.3.5')
  const answer = await world.describe(id)
  assert.match(answer.find('state') ?? '', /^(pending|available)$/)
  assert.match(answer.text, new RegExp(`<subnetIdSet><item>${subnetA}</item><item>${subnetB}</item>`))
})

test('one request moves an endpoint to a different subnet of a zone', async () => {
  const id = await world.create(listOf('SubnetId', subnetA))
  // Text recorded from AWS.
  await refused(
    id,
    listOf('AddSubnetId', otherSubnetA),
    'DuplicateSubnetsInSameZone',
    `Found another VPC endpoint subnet in the availability zone of ${subnetA}`,
  )
  await modified(id, { ...listOf('RemoveSubnetId', subnetA), ...listOf('AddSubnetId', otherSubnetA) })
  assert.deepEqual(
    (await stored(id)).interfaces.map(({ ipv4 }) => ipv4),
    ['127.40.2.5'],
  )
  // The address that it left is free again.
  await world.create(listOf('SubnetId', subnetA))
  await world.create(listOf('SubnetId', subnetA))
})

test('an address is of one endpoint only, after a change as well', async () => {
  await world.create(listOf('SubnetId', subnetB))
  const id = await world.create()
  await refused(id, listOf('AddSubnetId', subnetB), 'InsufficientFreeAddressesInSubnet')
  const answers = await Promise.all(
    ['1', '2', '3'].map(async () => modify(await world.create(), listOf('AddSubnetId', subnetA))),
  )
  assert.deepEqual(answers.map(answer => answer.find('Code') ?? 'changed').sort(), [
    'InsufficientFreeAddressesInSubnet',
    'changed',
    'changed',
  ])
})

test('a lack of addresses hides no other fault of a change', async () => {
  const isPrivate = { PrivateDnsEnabled: 'true' }
  await world.create({ ...listOf('SubnetId', subnetB), ...isPrivate })
  const id = await world.create()
  const inB = listOf('AddSubnetId', subnetB)
  await refused(id, { ...inB, PolicyDocument: '{}' }, 'InvalidPolicyDocument')
  const group = listOf('AddSecurityGroupId', 'sg-0a1b2c3d4e5f6dead')
  await refused(id, { ...inB, ...group }, 'InvalidGroup.NotFound')
  await refused(id, listOf('AddSubnetId', subnetB, subnetA, otherSubnetA), 'DuplicateSubnetsInSameZone')
  await refused(id, { ...inB, ...isPrivate }, 'InvalidParameter')
})

test('groups are added and removed, and one stays', async () => {
  const id = await world.create()
  await modified(id, listOf('AddSecurityGroupId', otherGroup))
  assert.deepEqual((await stored(id)).securityGroupIds, [defaultGroup, otherGroup])
  await modified(id, listOf('RemoveSecurityGroupId', defaultGroup))
  assert.deepEqual((await stored(id)).securityGroupIds, [otherGroup])
  await refused(id, listOf('RemoveSecurityGroupId', otherGroup), 'InvalidParameter')
  await refused(id, listOf('RemoveSecurityGroupId', defaultGroup), 'InvalidParameter')
  await refused(id, listOf('AddSecurityGroupId', 'sg-0a1b2c3d4e5f6dead'), 'InvalidGroup.NotFound')
})

test('private DNS can be turned on in one endpoint of a VPC', async () => {
  const [first, second] = [await world.create(), await world.create()]
  await modified(first, { PrivateDnsEnabled: 'true' })
  // Text recorded from AWS.
  await refused(
    second,
    { PrivateDnsEnabled: 'true' },
    'InvalidParameter',
    `private-dns-enabled cannot be set because there is already a conflicting DNS domain for kms.${here}.amazonaws.com in the VPC ${vpc}`,
  )
  await modified(first, { PrivateDnsEnabled: 'true' })
  await modified(first, { PrivateDnsEnabled: 'false' })
  await modified(second, { PrivateDnsEnabled: 'true' })
})

test('an endpoint must be named, and be there', async () => {
  await refused('', {}, 'MissingParameter', 'The request must contain the parameter VpcEndpointId')
  await refused('vpce-1', {}, 'InvalidVpcEndpointId.Malformed')
  // Text recorded from AWS.
  await refused(
    unknown,
    {},
    'InvalidVpcEndpointId.NotFound',
    `The Vpc Endpoint Id '${unknown}' does not exist`,
  )
  const id = await world.create()
  await world.call('DeleteVpcEndpoints', listOf('VpcEndpointId', id))
  await refused(id, { ResetPolicy: 'true' }, 'InvalidVpcEndpointId.NotFound')
})

test('a subnet must be one of the VPC, and an endpoint has no route tables', async () => {
  const id = await world.create()
  await refused(id, listOf('AddSubnetId', 'subnet-1'), 'InvalidSubnetId.Malformed')
  await refused(id, listOf('AddSubnetId', 'subnet-0a1b2c3d4e5f6dead'), 'InvalidSubnetID.NotFound')
  await refused(id, listOf('RemoveSubnetId', subnetA), 'InvalidParameter')
  await refused(
    id,
    listOf('AddRouteTableId', 'rtb-0a1b2c3d4e5f60001'),
    'InvalidParameter',
    'Route table IDs are only supported for Gateway type VPC Endpoint.',
  )
})

test('an endpoint whose VPC the configuration does not have any more can be seen and deleted, but not changed', async () => {
  const id = await world.create()
  const gone = 'vpc-0a1b2c3d4e5f6dead'
  await world.server.store.write(async writer => {
    const scope = { accountId: ours, region: here }
    const endpoint = await writer.vpcEndpoints.find(scope, id)
    assert.ok(endpoint)
    await writer.vpcEndpoints.update({ ...endpoint, vpcId: gone })
  })
  const answer = await world.describe(id)
  assert.match(answer.text, new RegExp(`<groupId>${defaultGroup}</groupId><groupName>${defaultGroup}<`))
  await refused(id, { ResetPolicy: 'true' }, 'InvalidVpcID.NotFound', `The vpc ID '${gone}' does not exist`)
  const removed = await world.call('DeleteVpcEndpoints', listOf('VpcEndpointId', id))
  assert.match(removed.text, /<unsuccessful\/?>/)
})

test('a rehearsal of a change changes nothing', async () => {
  const id = await world.create()
  const before = await stored(id)
  isRefused(await modify(id, { DryRun: 'true', PolicyDocument: policy }), 'DryRunOperation', undefined, 412)
  assert.deepEqual(await stored(id), before)
  await refused(unknown, { DryRun: 'true' }, 'InvalidVpcEndpointId.NotFound')
})
