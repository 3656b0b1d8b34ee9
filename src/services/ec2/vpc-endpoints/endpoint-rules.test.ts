import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  defaultGroup,
  otherGroup,
  sampleEndpoint,
  sampleVpc,
} from '../../../../test/fixtures/private-endpoints/sample-vpc.ts'
import { defaultEndpointPolicy, type ServiceError } from '../../../domain/index.ts'
import { checkPrivateDns, type GivenService, serviceNameOf } from './endpoint-options.ts'
import { endpointPolicyOf } from './endpoint-policy.ts'
import { groupsOf } from './groups-of.ts'

const refused = (act: () => unknown, code: string, text?: string) =>
  assert.throws(act, (error: ServiceError) => {
    assert.equal(error.code, code)
    if (text !== undefined) assert.equal(error.text, text)
    return true
  })

const kms = 'com.amazonaws.us-east-1.kms'
const check = (given: GivenService) =>
  serviceNameOf({ ServiceName: kms, VpcEndpointType: 'Interface', ...given }, 'us-east-1')

test('an endpoint leads to AWS KMS in its own Region', () => {
  assert.equal(check({}), kms)
  assert.equal(check({ ServiceRegion: 'us-east-1' }), kms)
  for (const ServiceName of [
    `${kms}-fips`,
    'com.amazonaws.eu-west-1.kms',
    'com.amazonaws.us-east-1.s3',
    'kms',
  ])
    refused(
      () => check({ ServiceName }),
      'InvalidServiceName',
      `The Vpc Endpoint Service '${ServiceName}' does not exist`,
    )
  refused(() => check({ ServiceRegion: 'eu-west-1' }), 'InvalidServiceName')
  refused(() => check({ ServiceName: '' }), 'MissingParameter')
})

test('an endpoint is an interface, although a gateway is what a request without a type asks for', () => {
  // hashicorp/terraform issue 24478, nimblehq/infrastructure-templates issue 286.
  const gateway = 'Endpoint type (Gateway) does not match available service types ([Interface]).'
  refused(() => check({ VpcEndpointType: undefined }), 'InvalidParameter', gateway)
  refused(() => check({ VpcEndpointType: '', RouteTableId: ['rtb-1'] }), 'InvalidParameter', gateway)
  refused(
    () => check({ VpcEndpointType: undefined, SubnetId: ['subnet-1'] }),
    'InvalidParameter',
    'Subnet IDs are only supported for Interface and GatewayLoadBalancer type VPC Endpoints.',
  )
  refused(
    () => check({ VpcEndpointType: 'GatewayLoadBalancer', SubnetId: ['subnet-1'] }),
    'InvalidParameter',
    'Endpoint type (GatewayLoadBalancer) does not match available service types ([Interface]).',
  )
  refused(() => check({ VpcEndpointType: 'interface' }), 'InvalidVpcEndpointType')
  refused(
    () => check({ RouteTableId: ['rtb-1'] }),
    'InvalidParameter',
    'Route table IDs are only supported for Gateway type VPC Endpoint.',
  )
  refused(() => check({ ServiceNetworkArn: 'arn:aws:vpc-lattice' }), 'InvalidParameter')
  refused(() => check({ ResourceConfigurationArn: 'arn:aws:vpc-lattice' }), 'InvalidParameter')
})

test('one endpoint of a service in a VPC has private DNS', () => {
  const other = { ...sampleEndpoint, vpcEndpointId: 'vpce-0295a3caf8414c94b' }
  checkPrivateDns(sampleEndpoint, [sampleEndpoint])
  checkPrivateDns({ ...sampleEndpoint, isPrivateDnsEnabled: false }, [other])
  checkPrivateDns(sampleEndpoint, [{ ...other, isPrivateDnsEnabled: false }])
  checkPrivateDns(sampleEndpoint, [{ ...other, vpcId: 'vpc-0a1b2c3d4e5f60719' }])
  refused(
    () => checkPrivateDns(sampleEndpoint, [other]),
    'InvalidParameter',
    `private-dns-enabled cannot be set because there is already a conflicting DNS domain for kms.us-east-1.amazonaws.com in the VPC ${sampleVpc.vpcId}`,
  )
})

test('without groups, an endpoint has the default group of its VPC', () => {
  assert.deepEqual(groupsOf(sampleVpc), [defaultGroup])
  assert.deepEqual(groupsOf(sampleVpc, []), [defaultGroup])
  assert.deepEqual(groupsOf(sampleVpc, [otherGroup, defaultGroup, otherGroup]), [otherGroup, defaultGroup])
  refused(
    () => groupsOf(sampleVpc, [otherGroup, 'sg-0a1b2c3d4e5f6dead']),
    'InvalidGroup.NotFound',
    "The security group 'sg-0a1b2c3d4e5f6dead' does not exist",
  )
})

const invalid = (position: string) =>
  `The Policy Document is not valid. Syntax error at position (${position})`

test('a policy is stored as it is given, and the default one without it', () => {
  assert.equal(endpointPolicyOf(undefined), defaultEndpointPolicy)
  assert.equal(endpointPolicyOf(''), defaultEndpointPolicy)
  const policy = ` ${defaultEndpointPolicy}\n`
  assert.equal(endpointPolicyOf(policy), policy)
})

// The positions are counted by hand: line and column, from 1.
test('a policy that is not JSON is refused with the position of its fault', () => {
  for (const [document, position] of [
    ['x', '1,1'],
    ['{"Statement":[]\n "x":1}', '2,2'],
    ['{"Statement":[}', '1,15'],
    ['{\n  "Statement": [\n    {"Effect": Allow}\n  ]\n}', '3,16'],
    ['{"Version":tru}', '1,15'],
    ['{"Version":\n', '2,1'],
    ['{"at position 7":x}', '1,18'],
    ['{"Unexpected token":"2012', '1,26'],
  ] as const)
    refused(() => endpointPolicyOf(document), 'InvalidPolicyDocument', invalid(position))
})

test('a fault of the grammar is at its member, or at the statement that lacks one', () => {
  const first = '{"Effect":"Allow","Principal":"*","Action":"*","Resource":"*"}'
  for (const [document, position] of [
    ['{"Statement":{"Effect":"Allow","Action":"*","Resource":"*"}}', '1,14'],
    [`{"Statement":[${first},\n  {"Effect":"Allow","Principal":"*","Action":"*"}]}`, '2,3'],
    [`{"Statement":[${first},\n{"Effect":"Allow","Principal":"*","Resource":["*"],"Action":["x"]}]}`, '2,52'],
    [`{"Statement":[\n${first.replace('Resource', 'Resources')}]}`, '2,1'],
    [
      `{"Statement":[\n${first.replace('}', ',\n"Condition":{"StringLike":\n{"aws:SourceVpce":"vpce-*"}}}')}]}`,
      '4,2',
    ],
    [`{"Statement":[${first},7]}`, '1,1'],
    [`{"Version":"1","Statement":[${first}]}`, '1,1'],
    [`{"Statement":[${first}],"Statement":[]}`, '1,1'],
  ] as const)
    refused(() => endpointPolicyOf(document), 'InvalidPolicyDocument', invalid(position))
})

test('a policy that cannot be used is refused with a position, and the reason stays in the record', () => {
  refused(() => endpointPolicyOf('{"Version":"2012-10-17"}'), 'InvalidPolicyDocument', invalid('1,1'))
  const nobody = '{"Statement":{"Effect":"Allow","Action":"*","Resource":"*"}}'
  assert.throws(
    () => endpointPolicyOf(nobody),
    ({ code, reason }: ServiceError) => code === 'InvalidPolicyDocument' && /Principal/.test(reason ?? ''),
  )
})

// AWS PrivateLink guide, "Control access to VPC endpoints using endpoint policies": 20,480 characters with white space.
test('a policy has at most 20,480 characters', () => {
  const longest = defaultEndpointPolicy.padEnd(20_480)
  assert.equal(endpointPolicyOf(longest), longest)
  refused(() => endpointPolicyOf(`${longest} `), 'InvalidPolicyDocument')
})
