import assert from 'node:assert/strict'
import { afterEach, test } from 'node:test'
import { seedUser } from '../../fixtures/seed.ts'
import {
  defaultGroup,
  endpointsWorld,
  here,
  isRefused,
  kms,
  listOf,
  newEndpoint,
  ours,
  type Parameters,
  subnetA,
  vpc,
} from '../../fixtures/worlds/vpc-endpoints.ts'

// Permissions for calls about endpoints (Service Authorization Reference, "Amazon EC2"; AWS PrivateLink guide, "Identity-based policy
// examples").

const arn = (resource: string) => `arn:aws:ec2:${here}:${ours}:${resource}`
const allow = (Action: string | string[], Resource: string | string[] = '*', Condition?: object) => ({
  Effect: 'Allow',
  Action,
  Resource,
  ...(Condition && { Condition }),
})
const equals = (name: string, value: string) => ({ StringEquals: { [name]: value } })
const create = 'ec2:CreateVpcEndpoint'
const places = [arn(`vpc/${vpc}`), arn('subnet/*'), arn('security-group/*')]
const anyEndpoint = arn('vpc-endpoint/*')

const world = await endpointsWorld([
  seedUser('nobody'),
  seedUser('novpc', allow(create, [arn('subnet/*'), arn('security-group/*'), anyEndpoint])),
  seedUser('nosubnet', allow(create, [arn('vpc/*'), arn('security-group/*'), anyEndpoint])),
  seedUser('nogroup', allow(create, [arn('vpc/*'), arn('subnet/*'), anyEndpoint])),
  seedUser('noendpoint', allow(create, places)),
  seedUser('plain', allow(create, [...places, anyEndpoint])),
  seedUser(
    'kmsonly',
    allow(create, places),
    allow(create, anyEndpoint, {
      StringEquals: { 'ec2:VpceServiceName': kms, 'ec2:VpceServiceOwner': 'amazon', 'ec2:Region': here },
    }),
  ),
  seedUser('s3only', allow(create, places), allow(create, anyEndpoint, equals('ec2:VpceServiceName', 's3'))),
  seedUser(
    'invpc',
    allow(create, [arn('vpc/*'), anyEndpoint], undefined),
    allow(create, [arn('subnet/*'), arn('security-group/*')], equals('ec2:Vpc', arn(`vpc/${vpc}`))),
  ),
  seedUser(
    'bluetags',
    allow(create, [...places, anyEndpoint]),
    allow('ec2:CreateTags', anyEndpoint, {
      StringEquals: { 'ec2:CreateAction': 'CreateVpcEndpoint', 'aws:RequestTag/team': 'blue' },
      'ForAllValues:StringEquals': { 'aws:TagKeys': ['team'] },
    }),
  ),
  seedUser(
    'blue',
    allow(
      ['ec2:ModifyVpcEndpoint', 'ec2:DeleteVpcEndpoints'],
      anyEndpoint,
      equals('ec2:ResourceTag/team', 'blue'),
    ),
    allow('ec2:ModifyVpcEndpoint', arn('subnet/*'), equals('ec2:SubnetID', subnetA)),
  ),
  seedUser('reader', allow('ec2:Describe*')),
  seedUser('narrow', allow('ec2:Describe*', anyEndpoint)),
])
afterEach(() => world.clear())

const tagged = (value: string, key = 'team'): Parameters => ({
  'TagSpecification.1.ResourceType': 'vpc-endpoint',
  'TagSpecification.1.Tag.1.Key': key,
  'TagSpecification.1.Tag.1.Value': value,
})
const everything = { ...listOf('SubnetId', subnetA), ...listOf('SecurityGroupId', defaultGroup) }
const createAs = (user: string, parameters: Parameters = {}) =>
  world.call('CreateVpcEndpoint', { ...newEndpoint, ...everything, ...parameters }, user)

/** Recorded from AWS: a description, which is about all resources, is denied without a resource. */
const denied = (user: string, action: string, resource?: string) =>
  `You are not authorized to perform this operation. User: arn:aws:iam::${ours}:user/${user} is not authorized to perform: ${action}${resource === undefined ? '' : ` on resource: ${resource}`} because no identity-based policy allows the ${action} action`

test('an endpoint needs the permission for its VPC, its subnets, its groups and itself', async () => {
  for (const [user, resource] of [
    ['nobody', `vpc/${vpc}`],
    ['novpc', `vpc/${vpc}`],
    ['nosubnet', `subnet/${subnetA}`],
    ['nogroup', `security-group/${defaultGroup}`],
    ['noendpoint', 'vpc-endpoint/*'],
  ] as const)
    isRefused(await createAs(user), 'UnauthorizedOperation', denied(user, create, arn(resource)), 403)
  assert.equal((await createAs('plain')).status, 200)
})

test('a policy can allow endpoints for a service alone', async () => {
  assert.equal((await createAs('kmsonly')).status, 200)
  isRefused(await createAs('s3only'), 'UnauthorizedOperation', denied('s3only', create, anyEndpoint), 403)
  isRefused(
    await createAs('kmsonly', { ServiceName: 'com.amazonaws.us-east-1.s3' }),
    'UnauthorizedOperation',
    undefined,
    403,
  )
})

test('a policy can allow the subnets and groups of a VPC alone', async () => {
  assert.equal((await createAs('invpc')).status, 200)
  const elsewhere = await createAs('invpc', { VpcId: 'vpc-0a1b2c3d4e5f6dead' })
  isRefused(elsewhere, 'UnauthorizedOperation', denied('invpc', create, arn(`subnet/${subnetA}`)), 403)
})

test('tags at creation need the permission to tag', async () => {
  isRefused(
    await createAs('plain', tagged('blue')),
    'UnauthorizedOperation',
    denied('plain', 'ec2:CreateTags', anyEndpoint),
    403,
  )
  assert.equal((await createAs('bluetags', tagged('blue'))).status, 200)
  for (const tags of [tagged('red'), tagged('blue', 'color')])
    isRefused(await createAs('bluetags', tags), 'UnauthorizedOperation', undefined, 403)
})

test('a policy can name an endpoint by its tags', async () => {
  const [blue, red] = [await world.create(tagged('blue')), await world.create(tagged('red'))]
  const modify = (id: string, parameters: Parameters = {}) =>
    world.call('ModifyVpcEndpoint', { VpcEndpointId: id, ResetPolicy: 'true', ...parameters }, 'blue')
  assert.equal((await modify(blue)).status, 200)
  isRefused(
    await modify(red),
    'UnauthorizedOperation',
    denied('blue', 'ec2:ModifyVpcEndpoint', arn(`vpc-endpoint/${red}`)),
    403,
  )
  assert.equal((await modify(blue, listOf('AddSubnetId', subnetA))).status, 200)
  isRefused(
    await modify(blue, listOf('AddSecurityGroupId', defaultGroup)),
    'UnauthorizedOperation',
    denied('blue', 'ec2:ModifyVpcEndpoint', arn(`security-group/${defaultGroup}`)),
    403,
  )
  const remove = (...ids: string[]) =>
    world.call('DeleteVpcEndpoints', listOf('VpcEndpointId', ...ids), 'blue')
  isRefused(await remove(blue, red), 'UnauthorizedOperation', undefined, 403)
  assert.notEqual((await world.describe(blue)).find('state'), 'deleting')
  assert.equal((await remove(blue)).status, 200)
})

test('a denial does not reveal whether an endpoint, a VPC or a service exists', async () => {
  const [id, unknown] = [await world.create(), 'vpce-0a1b2c3d4e5f6dead']
  for (const name of [id, unknown]) {
    const resource = arn(`vpc-endpoint/${name}`)
    isRefused(
      await world.call('ModifyVpcEndpoint', { VpcEndpointId: name }, 'nobody'),
      'UnauthorizedOperation',
      denied('nobody', 'ec2:ModifyVpcEndpoint', resource),
      403,
    )
    isRefused(
      await world.call('DeleteVpcEndpoints', listOf('VpcEndpointId', name), 'nobody'),
      'UnauthorizedOperation',
      denied('nobody', 'ec2:DeleteVpcEndpoints', resource),
      403,
    )
  }
  isRefused(
    await createAs('nobody', { VpcId: 'vpc-0a1b2c3d4e5f6dead', ServiceName: 'x' }),
    'UnauthorizedOperation',
    denied('nobody', create, arn('vpc/vpc-0a1b2c3d4e5f6dead')),
    403,
  )
})

test('a malformed id comes before the permission, as a missing parameter does', async () => {
  isRefused(await createAs('nobody', { VpcId: 'x' }), 'InvalidVpcId.Malformed')
  isRefused(await createAs('nobody', { VpcId: '' }), 'MissingParameter')
  isRefused(
    await world.call('ModifyVpcEndpoint', { VpcEndpointId: 'x' }, 'nobody'),
    'InvalidVpcEndpointId.Malformed',
  )
})

test('descriptions are allowed for all resources or none', async () => {
  for (const action of ['DescribeVpcEndpoints', 'DescribeVpcEndpointServices', 'DescribePrefixLists']) {
    assert.equal((await world.call(action, {}, 'reader')).status, 200, action)
    isRefused(
      await world.call(action, {}, 'narrow'),
      'UnauthorizedOperation',
      denied('narrow', `ec2:${action}`),
      403,
    )
  }
})

test('a rehearsal needs the permission, too', async () => {
  isRefused(await createAs('nobody', { DryRun: 'true' }), 'UnauthorizedOperation', undefined, 403)
  isRefused(await createAs('plain', { DryRun: 'true' }), 'DryRunOperation', undefined, 412)
})
