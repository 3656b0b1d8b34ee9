import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  defaultGroup,
  sampleEndpoint,
  sampleVpc,
  subnetA,
} from '../../../../test/fixtures/private-endpoints/sample-vpc.ts'
import { recordOf, renderEndpoint } from './render-endpoint.ts'

// The members and their values follow the example of an endpoint for AWS KMS in the AWS KMS developer guide.
test('an endpoint has the members of the guide', () => {
  const {
    creationTimestamp,
    policyDocument,
    dnsEntrySet = [],
    ...rendered
  } = renderEndpoint(sampleEndpoint, sampleVpc)
  assert.deepEqual(
    [creationTimestamp, policyDocument],
    [sampleEndpoint.createdAt, sampleEndpoint.policyDocument],
  )
  assert.deepEqual(rendered, {
    vpcEndpointId: 'vpce-0295a3caf8414c94a',
    vpcEndpointType: 'Interface',
    vpcId: sampleVpc.vpcId,
    serviceName: 'com.amazonaws.us-east-1.kms',
    state: 'available',
    routeTableIdSet: [],
    subnetIdSet: [subnetA],
    groupSet: [{ groupId: defaultGroup, groupName: 'default' }],
    ipAddressType: 'ipv4',
    dnsOptions: { dnsRecordIpType: 'ipv4' },
    privateDnsEnabled: true,
    requesterManaged: false,
    networkInterfaceIdSet: ['eni-0a1b2c3d4e5f60001'],
    tagSet: [],
    ownerId: '111111111111',
    lastError: undefined,
    serviceRegion: 'us-east-1',
  })
  assert.deepEqual(
    dnsEntrySet.map(({ dnsName }) => dnsName),
    [
      'vpce-0295a3caf8414c94a-dfm9tr04.kms.us-east-1.vpce.amazonaws.com',
      'vpce-0295a3caf8414c94a-dfm9tr04-us-east-1a.kms.us-east-1.vpce.amazonaws.com',
      'kms.us-east-1.amazonaws.com',
    ],
  )
  const [regional, zonal, privateZone] = dnsEntrySet.map(({ hostedZoneId }) => hostedZoneId)
  assert.match(regional ?? '', /^Z[0-9A-Z]{13}$/)
  assert.equal(regional, zonal)
  assert.notEqual(regional, privateZone)
})

test('a group that the configuration does not have any more has its id as its name', () => {
  assert.deepEqual(renderEndpoint(sampleEndpoint, undefined).groupSet, [
    { groupId: defaultGroup, groupName: defaultGroup },
  ])
})

test('the record of an endpoint has the time of the wire', () => {
  const record = recordOf(renderEndpoint(sampleEndpoint, sampleVpc)) as { creationTimestamp: string }
  assert.equal(record.creationTimestamp, '2026-09-21T14:13:20.000Z')
})
