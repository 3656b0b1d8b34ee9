import assert from 'node:assert/strict'
import { afterEach, test } from 'node:test'
import { defaultEndpointPolicy } from '../../../src/domain/index.ts'
import { unescaped } from '../../fixtures/private-endpoints/ec2-xml.ts'
import {
  defaultGroup,
  endpointsWorld,
  here,
  isRefused,
  kms,
  listOf,
  newEndpoint,
  otherGroup,
  otherSubnetA,
  otherVpc,
  otherVpcSubnet,
  ours,
  type Parameters,
  subnetA,
  subnetB,
  theirGroup,
  theirSubnet,
  theirVpc,
  vpc,
  vpcThere,
} from '../../fixtures/worlds/vpc-endpoints.ts'

const world = await endpointsWorld()
afterEach(() => world.clear())

const create = (parameters: Parameters = {}) =>
  world.call('CreateVpcEndpoint', { ...newEndpoint, ...parameters })
const refused = async (parameters: Parameters, code: string, text?: string) =>
  isRefused(await create(parameters), code, text)

test('an endpoint has a subnet, an address of it, and what the request leaves out', async () => {
  const { PrivateDnsEnabled: _, ...parameters } = newEndpoint
  const answer = await world.call('CreateVpcEndpoint', { ...parameters, ...listOf('SubnetId', subnetA) })
  assert.equal(answer.status, 200)
  assert.match(answer.find('vpcEndpointId') ?? '', /^vpce-[0-9a-f]{17}$/)
  assert.equal(answer.find('vpcEndpointType'), 'Interface')
  assert.equal(answer.find('state'), 'pending')
  assert.equal(answer.find('privateDnsEnabled'), 'true')
  assert.equal(answer.find('ipAddressType'), 'ipv4')
  assert.equal(answer.find('dnsRecordIpType'), 'ipv4')
  assert.equal(answer.find('ownerId'), ours)
  assert.equal(unescaped(answer.find('policyDocument')), defaultEndpointPolicy)
  assert.match(
    answer.text,
    new RegExp(`<groupSet><item><groupId>${defaultGroup}</groupId><groupName>default<`),
  )
  assert.match(answer.text, new RegExp(`<subnetIdSet><item>${subnetA}</item></subnetIdSet>`))
  assert.match(answer.text, /<networkInterfaceIdSet><item>eni-[0-9a-f]{17}<\/item><\/networkInterfaceIdSet>/)
  assert.match(answer.text, /<routeTableIdSet\/?>/)
  assert.equal(answer.find('clientToken'), undefined)
  const names = [...answer.text.matchAll(/<dnsName>([^<]+)<\/dnsName>/g)].map(([, name]) => name)
  const label = `${answer.find('vpcEndpointId')}-[a-z0-9]{8}`
  assert.equal(names.length, 3)
  assert.match(names[0] ?? '', new RegExp(`^${label}\\.kms\\.${here}\\.vpce\\.amazonaws\\.com$`))
  assert.match(names[1] ?? '', new RegExp(`^${label}-${here}a\\.kms\\.${here}\\.vpce\\.amazonaws\\.com$`))
  assert.equal(names[2], `kms.${here}.amazonaws.com`)
})

test('an endpoint without a subnet has no address', async () => {
  const answer = await create()
  assert.equal(answer.status, 200)
  assert.match(answer.text, /<networkInterfaceIdSet\/?>/)
})

test('a request chooses subnets, groups, addresses, the policy and tags', async () => {
  const policy = '{"Statement":[{"Effect":"Allow","Principal":"*","Action":"kms:*","Resource":"*"}]}'
  const id = await world.create({
    ...listOf('SubnetId', subnetA, subnetB),
    ...listOf('SecurityGroupId', otherGroup, defaultGroup),
    'SubnetConfiguration.1.SubnetId': subnetA,
    'SubnetConfiguration.1.Ipv4': '127.40.1.6',
    'DnsOptions.DnsRecordIpType': 'service-defined',
    IpAddressType: 'ipv4',
    PolicyDocument: policy,
    'TagSpecification.1.ResourceType': 'vpc-endpoint',
    'TagSpecification.1.Tag.1.Key': 'team',
    'TagSpecification.1.Tag.1.Value': 'blue',
  })
  const scope = { accountId: ours, region: here }
  const stored = await world.server.store.reader.vpcEndpoints.find(scope, id)
  assert.deepEqual(
    stored?.interfaces.map(({ ipv4 }) => ipv4),
    ['127.40.1.6', '127.40.3.5'],
  )
  assert.deepEqual(stored?.securityGroupIds, [otherGroup, defaultGroup])
  assert.equal(stored?.policyDocument, policy)
  assert.deepEqual(stored?.tags, [{ tagKey: 'team', tagValue: 'blue' }])
  const answer = await world.describe(id)
  assert.equal(unescaped(answer.find('policyDocument')), policy)
  assert.equal(answer.find('dnsRecordIpType'), 'service-defined')
  assert.match(answer.text, /<tagSet><item><key>team<\/key><value>blue<\/value><\/item><\/tagSet>/)
  assert.match(answer.text, new RegExp(`<groupId>${otherGroup}</groupId><groupName>applications<`))
})

test('an address is of one endpoint only', async () => {
  const inB = listOf('SubnetId', subnetB)
  const chosen = { 'SubnetConfiguration.1.SubnetId': subnetA, 'SubnetConfiguration.1.Ipv4': '127.40.1.5' }
  await world.create(inB)
  await refused(inB, 'InsufficientFreeAddressesInSubnet')
  await world.create(listOf('SubnetId', subnetA))
  await refused({ ...listOf('SubnetId', subnetA), ...chosen }, 'InvalidParameter')
  await world.create(listOf('SubnetId', subnetA))
  await refused(listOf('SubnetId', subnetA), 'InsufficientFreeAddressesInSubnet')
})

test('a lack of addresses hides no other fault of a request', async () => {
  const isPrivate = { PrivateDnsEnabled: 'true' }
  await world.create({ ...listOf('SubnetId', subnetB), ...isPrivate })
  const inB = listOf('SubnetId', subnetB)
  await refused({ ...inB, PolicyDocument: '{}' }, 'InvalidPolicyDocument')
  await refused({ ...inB, ...listOf('SecurityGroupId', 'sg-0a1b2c3d4e5f6dead') }, 'InvalidGroup.NotFound')
  await refused(listOf('SubnetId', subnetB, subnetA, otherSubnetA), 'DuplicateSubnetsInSameZone')
  await refused(listOf('SubnetId', subnetB, 'subnet-0a1b2c3d4e5f6dead'), 'InvalidSubnetID.NotFound')
  await refused({ ...inB, ...isPrivate }, 'InvalidParameter')
  await refused({ ...inB, VpcEndpointType: 'Gateway' }, 'InvalidParameter')
})

test('requests at the same time share out the addresses', async () => {
  const answers = await Promise.all([1, 2, 3, 4].map(() => create(listOf('SubnetId', subnetA))))
  const codes = answers.map(answer => answer.find('Code') ?? 'created').sort()
  assert.deepEqual(codes, [
    ...['InsufficientFreeAddressesInSubnet', 'InsufficientFreeAddressesInSubnet'],
    ...['created', 'created'],
  ])
})

test('a request must name a VPC and a service', async () => {
  await refused({ VpcId: '' }, 'MissingParameter', 'The request must contain the parameter VpcId')
  await refused({ ServiceName: '' }, 'MissingParameter', 'The request must contain the parameter ServiceName')
})

test('malformed ids are refused by their kind', async () => {
  await refused({ VpcId: 'vpc-1' }, 'InvalidVpcId.Malformed')
  // Text recorded from AWS: terraform-aws-modules/terraform-aws-vpc issue 722.
  await refused(
    listOf('SubnetId', 'subnet-X'),
    'InvalidSubnetId.Malformed',
    "Invalid Subnet Id: 'subnet-X' (expecting 'subnet-...; the Id may only contain lowercase alphanumeric characters and a single dash')",
  )
  await refused(listOf('SecurityGroupId', vpc), 'InvalidGroupId.Malformed')
})

test('a VPC, a subnet and a group must be of the account, the Region and the VPC', async () => {
  for (const VpcId of ['vpc-0a1b2c3d4e5f6dead', vpcThere, theirVpc])
    await refused({ VpcId }, 'InvalidVpcID.NotFound', `The vpc ID '${VpcId}' does not exist`)
  for (const id of ['subnet-0a1b2c3d4e5f6dead', otherVpcSubnet, theirSubnet])
    await refused(listOf('SubnetId', id), 'InvalidSubnetID.NotFound', `The subnet ID '${id}' does not exist`)
  for (const id of ['sg-0a1b2c3d4e5f6dead', theirGroup])
    await refused(
      listOf('SecurityGroupId', id),
      'InvalidGroup.NotFound',
      `The security group '${id}' does not exist`,
    )
})

// Texts recorded from AWS, as the table of errors of the reference names their sources.
test('only interfaces to AWS KMS of the Region can be created', async () => {
  for (const ServiceName of [`${kms}-fips`, 'com.amazonaws.eu-west-1.kms', 'com.amazonaws.us-east-1.s3'])
    await refused(
      { ServiceName },
      'InvalidServiceName',
      `The Vpc Endpoint Service '${ServiceName}' does not exist`,
    )
  const { VpcEndpointType: _, ...untyped } = newEndpoint
  isRefused(
    await world.call('CreateVpcEndpoint', untyped),
    'InvalidParameter',
    'Endpoint type (Gateway) does not match available service types ([Interface]).',
  )
  isRefused(
    await world.call('CreateVpcEndpoint', { ...untyped, ...listOf('SubnetId', subnetA) }),
    'InvalidParameter',
    'Subnet IDs are only supported for Interface and GatewayLoadBalancer type VPC Endpoints.',
  )
  await refused(
    listOf('RouteTableId', 'rtb-0a1b2c3d4e5f60001'),
    'InvalidParameter',
    'Route table IDs are only supported for Gateway type VPC Endpoint.',
  )
  await refused({ VpcEndpointType: 'Door' }, 'InvalidVpcEndpointType')
})

test('a zone has one subnet of an endpoint', async () => {
  // Text recorded from AWS.
  await refused(
    listOf('SubnetId', subnetA, otherSubnetA),
    'DuplicateSubnetsInSameZone',
    `Found another VPC endpoint subnet in the availability zone of ${subnetA}`,
  )
})

test('one endpoint of a VPC has private DNS', async () => {
  const isPrivate = { PrivateDnsEnabled: 'true' }
  await world.create(isPrivate)
  // Text recorded from AWS.
  await refused(
    isPrivate,
    'InvalidParameter',
    `private-dns-enabled cannot be set because there is already a conflicting DNS domain for kms.${here}.amazonaws.com in the VPC ${vpc}`,
  )
  await world.create()
  await world.create({ VpcId: otherVpc, ...isPrivate })
})

test('a policy must be one for endpoints', async () => {
  const nobody = '{"Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}'
  for (const PolicyDocument of ['x', '{}', nobody, ' '.repeat(20_481)])
    await refused({ PolicyDocument }, 'InvalidPolicyDocument')
  await world.create({ PolicyDocument: defaultEndpointPolicy.padEnd(20_480) })
})

test('options that endpoints for AWS KMS do not have are refused', async () => {
  await refused({ 'DnsOptions.PrivateDnsOnlyForInboundResolverEndpoint': 'true' }, 'InvalidParameter')
  await refused(
    { ServiceNetworkArn: 'arn:aws:vpc-lattice:us-east-1:1:servicenetwork/sn-1' },
    'InvalidParameter',
  )
  await refused({ IpAddressType: 'ipv5' }, 'InvalidParameterValue')
  await refused({ ...listOf('SubnetId', subnetA), IpAddressType: 'ipv6' }, 'InvalidParameter')
})

test('a VPC has at most 50 endpoints, and a request at most 25 ids', async () => {
  const ids = Array.from({ length: 26 }, (_, index) => `subnet-${String(index).padStart(8, '0')}`)
  await refused(listOf('SubnetId', ...ids), 'InvalidParameterValue')
  for (let i = 0; i < 50; i++) await world.create()
  await refused({}, 'VpcEndpointLimitExceeded')
  await world.create({ VpcId: otherVpc })
})

test('a rehearsal says what a request would do, and creates nothing', async () => {
  const rehearsal = { DryRun: 'true', ...listOf('SubnetId', subnetB) }
  isRefused(
    await create(rehearsal),
    'DryRunOperation',
    'Request would have succeeded, but DryRun flag is set.',
    412,
  )
  await refused({ ...rehearsal, ServiceName: 'com.amazonaws.us-east-1.s3' }, 'InvalidServiceName')
  assert.deepEqual(await world.server.store.reader.vpcEndpoints.listAll(), [])
})

test('a repeated token returns the endpoint as it is now, and a token for a different request is refused', async () => {
  const parameters = { ...listOf('SubnetId', subnetB), ClientToken: 'first' }
  const first = await create(parameters)
  assert.equal(first.find('clientToken'), 'first')
  const id = first.find('vpcEndpointId') ?? ''
  await world.call('ModifyVpcEndpoint', { VpcEndpointId: id, ...listOf('AddSecurityGroupId', otherGroup) })
  const again = await create(parameters)
  assert.deepEqual([again.status, again.find('vpcEndpointId'), again.find('clientToken')], [200, id, 'first'])
  assert.ok(again.text.includes(otherGroup))
  await refused({ ...parameters, PrivateDnsEnabled: 'true' }, 'IdempotentParameterMismatch')
  await refused({ ClientToken: 'x'.repeat(65) }, 'InvalidParameterValue')
  const all = await world.server.store.reader.vpcEndpoints.listAll()
  assert.equal(all.length, 1)
})

test('requests with one token at the same time create one endpoint', async () => {
  const answers = await Promise.all([1, 2, 3].map(() => create({ ClientToken: 'same' })))
  assert.deepEqual(new Set(answers.map(({ status }) => status)), new Set([200]))
  assert.equal(new Set(answers.map(answer => answer.find('vpcEndpointId'))).size, 1)
})
