import assert from 'node:assert/strict'
import { test } from 'node:test'
import { isEc2Id, zoneIdOf } from './ec2-ids.ts'
import { dnsNamesOf, hostsOf, type VpcEndpoint } from './vpc-endpoint.ts'

const endpoint: VpcEndpoint = {
  accountId: '111122223333',
  region: 'us-east-1',
  vpcEndpointId: 'vpce-0295a3caf8414c94a',
  vpcId: 'vpc-1a2b3c4d',
  serviceName: 'com.amazonaws.us-east-1.kms',
  state: 'available',
  policyDocument: '{}',
  isPrivateDnsEnabled: true,
  ipAddressType: 'ipv4',
  dnsRecordIpType: 'ipv4',
  securityGroupIds: ['sg-1a2b3c4d'],
  interfaces: [
    {
      networkInterfaceId: 'eni-1a2b3c4d',
      subnetId: 'subnet-1a2b3c4d',
      zone: 'us-east-1a',
      ipv4: '10.20.1.5',
      ipv6: 'fd00:20::5',
    },
  ],
  dnsLabel: 'dfm9tr04',
  createdAt: 0,
  tags: [],
  clientToken: undefined,
  lastError: undefined,
}

test('an endpoint has the DNS names of the AWS KMS developer guide', () => {
  assert.deepEqual(dnsNamesOf(endpoint), [
    'vpce-0295a3caf8414c94a-dfm9tr04.kms.us-east-1.vpce.amazonaws.com',
    'vpce-0295a3caf8414c94a-dfm9tr04-us-east-1a.kms.us-east-1.vpce.amazonaws.com',
    'kms.us-east-1.amazonaws.com',
  ])
  assert.equal(dnsNamesOf({ ...endpoint, isPrivateDnsEnabled: false }).length, 2)
})

test('clients may name an endpoint by each of its names and addresses', () => {
  assert.deepEqual(hostsOf(endpoint).slice(3), [
    'vpce-0295a3caf8414c94a-us-east-1a.ec2.us-east-1.vpce.amazonaws.com',
    '10.20.1.5',
    '[fd00:20::5]',
  ])
})

test('an id has 8 or 17 hex digits behind its prefix', () => {
  for (const id of ['vpce-0295a3caf8414c94a', 'vpce-1a2b3c4d']) assert.ok(isEc2Id('vpce', id), id)
  for (const id of ['vpc-1a2b3c4d', 'vpce-1a2b3c4', 'vpce-1A2B3C4D', 'vpce-', 'vpce-1a2b3c4d\n'])
    assert.ok(!isEc2Id('vpce', id), id)
})

// The ids are those of the AWS RAM user guide, "Availability Zone IDs for your AWS resources".
test('a zone has the id that AWS writes for its Region', () => {
  for (const [zone, id] of [
    ['us-east-1a', 'use1-az1'],
    ['ap-northeast-1b', 'apne1-az2'],
    ['eu-central-1c', 'euc1-az3'],
    ['us-gov-west-1a', 'usgw1-az1'],
  ] as const)
    assert.equal(zoneIdOf(zone), id)
})
