import assert from 'node:assert/strict'
import { afterEach, test } from 'node:test'
import {
  endpointsWorld,
  here,
  isRefused,
  listOf,
  ours,
  type Parameters,
  subnetA,
  subnetThere,
  theirGroup,
  theirSubnet,
  theirs,
  theirVpc,
  there,
  vpcThere,
} from '../../fixtures/worlds/vpc-endpoints.ts'

const world = await endpointsWorld()
afterEach(() => world.clear())

const theirEndpoint = { VpcId: theirVpc, ...listOf('SubnetId', theirSubnet) }
const describeAs = async (user: string, parameters: Parameters = {}, region?: string) => {
  const { text } = await world.call('DescribeVpcEndpoints', parameters, user, region)
  return [...text.matchAll(/<vpcEndpointId>([^<]+)</g)].map(([, id]) => id)
}

test('two accounts do not see each other', async () => {
  const own = await world.create(listOf('SubnetId', subnetA))
  const foreign = await world.create(theirEndpoint, 'stranger')
  assert.deepEqual(await describeAs('admin'), [own])
  assert.deepEqual(await describeAs('stranger'), [foreign])
  isRefused(await world.describe(foreign), 'InvalidVpcEndpointId.NotFound')
  isRefused(
    await world.call('ModifyVpcEndpoint', { VpcEndpointId: own, ResetPolicy: 'true' }, 'stranger'),
    'InvalidVpcEndpointId.NotFound',
  )
  const removed = await world.call('DeleteVpcEndpoints', listOf('VpcEndpointId', own), 'stranger')
  assert.equal(removed.find('code'), 'InvalidVpcEndpoint.NotFound')
  assert.notEqual((await world.describe(own)).find('state'), 'deleting')
})

test('an account creates no endpoint in the network of a different one', async () => {
  const create = (parameters: Parameters, user: string) =>
    world.call('CreateVpcEndpoint', { VpcEndpointType: 'Interface', ServiceName: 'x', ...parameters }, user)
  isRefused(await create({ VpcId: theirVpc }, 'admin'), 'InvalidVpcID.NotFound')
  const own = await world.create()
  isRefused(
    await world.call('ModifyVpcEndpoint', { VpcEndpointId: own, ...listOf('AddSubnetId', theirSubnet) }),
    'InvalidSubnetID.NotFound',
  )
  isRefused(
    await world.call('ModifyVpcEndpoint', {
      VpcEndpointId: own,
      ...listOf('AddSecurityGroupId', theirGroup),
    }),
    'InvalidGroup.NotFound',
  )
})

test('a token is of one account and one Region', async () => {
  const token = { ClientToken: 'shared' }
  const ids = [await world.create(token), await world.create({ ...theirEndpoint, ...token }, 'stranger')]
  const elsewhere = await world.call(
    'CreateVpcEndpoint',
    {
      ...{ VpcEndpointType: 'Interface', ServiceName: `com.amazonaws.${there}.kms`, VpcId: vpcThere },
      ...token,
    },
    'admin',
    there,
  )
  assert.equal(new Set([...ids, elsewhere.find('vpcEndpointId')]).size, 3)
})

test('an endpoint is of one Region', async () => {
  const own = await world.create()
  const ServiceName = `com.amazonaws.${there}.kms`
  const parameters = {
    VpcEndpointType: 'Interface',
    VpcId: vpcThere,
    ServiceName,
    ...listOf('SubnetId', subnetThere),
  }
  isRefused(await world.call('CreateVpcEndpoint', parameters), 'InvalidVpcID.NotFound')
  const answer = await world.call('CreateVpcEndpoint', parameters, 'admin', there)
  assert.equal(answer.find('serviceRegion'), there)
  assert.match(answer.text, new RegExp(`-${there}a\\.kms\\.${there}\\.vpce\\.amazonaws\\.com<`))
  assert.deepEqual(await describeAs('admin'), [own])
  assert.deepEqual(await describeAs('admin', {}, there), [answer.find('vpcEndpointId')])
})

test('an address that an endpoint of a different account has is not free', async () => {
  const foreign = await world.create(theirEndpoint, 'stranger')
  // As after a start in which the configuration gave the address to a different network.
  await world.server.store.write(async writer => {
    const endpoint = await writer.vpcEndpoints.find({ accountId: theirs, region: here }, foreign)
    assert.ok(endpoint)
    const interfaces = endpoint.interfaces.map(item => ({ ...item, ipv4: '127.40.1.5' }))
    await writer.vpcEndpoints.update({ ...endpoint, interfaces })
  })
  const own = await world.create(listOf('SubnetId', subnetA))
  const stored = await world.server.store.reader.vpcEndpoints.find({ accountId: ours, region: here }, own)
  assert.deepEqual(
    stored?.interfaces.map(({ ipv4 }) => ipv4),
    ['127.40.1.6'],
  )
})
