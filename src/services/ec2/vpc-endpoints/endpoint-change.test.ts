import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  defaultGroup,
  otherGroup,
  otherSubnetA,
  sampleEndpoint,
  sampleVpc,
  subnetA,
  subnetB,
} from '../../../../test/fixtures/private-endpoints/sample-vpc.ts'
import { defaultEndpointPolicy, type VpcEndpoint } from '../../../domain/index.ts'
import { type Change, changedEndpoint } from './endpoint-change.ts'

const newId = 'eni-0a1b2c3d4e5f6ffff'
const change = (given: Change, endpoint: VpcEndpoint = sampleEndpoint) =>
  changedEndpoint(endpoint, given, { vpc: sampleVpc, isTaken: () => false, newInterfaceId: () => newId }, [])
const refused = (given: Change, code: string, endpoint?: VpcEndpoint) =>
  assert.throws(
    () => change(given, endpoint),
    (error: { code?: string }) => error.code === code,
    JSON.stringify(given),
  )
const policy = '{"Statement":[{"Effect":"Allow","Principal":"*","Action":"kms:*","Resource":"*"}]}'

test('a change without parameters changes nothing', () => {
  assert.deepEqual(change({}), sampleEndpoint)
})

test('policy, groups and private DNS leave the state as it is', () => {
  const failed = {
    ...sampleEndpoint,
    state: 'failed',
    lastError: { code: 'AddressNotAvailable', message: '10.20.1.5' },
  } as const
  assert.deepEqual(
    change({ PolicyDocument: policy, AddSecurityGroupId: [otherGroup], PrivateDnsEnabled: false }, failed),
    {
      ...failed,
      policyDocument: policy,
      securityGroupIds: [defaultGroup, otherGroup],
      isPrivateDnsEnabled: false,
    },
  )
})

test('an endpoint is pending again when its addresses change', () => {
  const failed = { ...sampleEndpoint, state: 'failed', lastError: { code: 'x', message: 'y' } } as const
  const changed = change({ AddSubnetId: [subnetB] }, failed)
  assert.deepEqual([changed.state, changed.lastError], ['pending', undefined])
  assert.deepEqual(changed.interfaces, [
    ...sampleEndpoint.interfaces,
    { networkInterfaceId: newId, subnetId: subnetB, zone: 'us-east-1b', ipv4: '10.20.3.5', ipv6: undefined },
  ])
  assert.equal(change({ RemoveSubnetId: [subnetA] }).state, 'pending')
  assert.equal(change({ AddSubnetId: [subnetA] }).state, 'available')
})

test('a request removes before it adds', () => {
  const moved = change({ RemoveSubnetId: [subnetA], AddSubnetId: [otherSubnetA] })
  assert.deepEqual(
    moved.interfaces.map(({ subnetId, ipv4 }) => [subnetId, ipv4]),
    [[otherSubnetA, '10.20.2.5']],
  )
  refused({ AddSubnetId: [otherSubnetA] }, 'DuplicateSubnetsInSameZone')
  const swapped = change({ RemoveSecurityGroupId: [defaultGroup], AddSecurityGroupId: [otherGroup] })
  assert.deepEqual(swapped.securityGroupIds, [otherGroup])
})

test('a request cannot remove the last group, or anything that the endpoint lacks', () => {
  refused({ RemoveSubnetId: [subnetB] }, 'InvalidParameter')
  refused({ RemoveSecurityGroupId: [otherGroup] }, 'InvalidParameter')
  refused({ RemoveSecurityGroupId: [defaultGroup] }, 'InvalidParameter')
  refused({ AddSecurityGroupId: ['sg-0a1b2c3d4e5f6dead'] }, 'InvalidGroup.NotFound')
  refused({ AddRouteTableId: ['rtb-0a1b2c3d4e5f60001'] }, 'InvalidParameter')
  refused({ RemoveRouteTableId: ['rtb-0a1b2c3d4e5f60001'] }, 'InvalidParameter')
})

test('a policy can be reset, but not together with a new one', () => {
  const own = change({ PolicyDocument: policy })
  assert.equal(change({ ResetPolicy: true }, own).policyDocument, defaultEndpointPolicy)
  assert.equal(change({ PolicyDocument: '' }, own).policyDocument, policy)
  assert.equal(change({ ResetPolicy: false, PolicyDocument: policy }).policyDocument, policy)
  refused({ ResetPolicy: true, PolicyDocument: policy }, 'InvalidParameterCombination')
  refused({ PolicyDocument: '{}' }, 'InvalidPolicyDocument')
})

test('the type of DNS records follows that of the addresses if it must', () => {
  const dual = change({ IpAddressType: 'dualstack' })
  assert.deepEqual([dual.ipAddressType, dual.dnsRecordIpType, dual.state], ['dualstack', 'ipv4', 'pending'])
  assert.equal(change({ IpAddressType: 'ipv6' }).dnsRecordIpType, 'ipv6')
  const defined = change({ DnsOptions: { DnsRecordIpType: 'service-defined' } })
  assert.deepEqual([defined.dnsRecordIpType, defined.state], ['service-defined', 'available'])
  assert.equal(change({ IpAddressType: 'ipv6' }, defined).dnsRecordIpType, 'service-defined')
  refused({ DnsOptions: { DnsRecordIpType: 'ipv6' } }, 'InvalidParameter')
  refused({ DnsOptions: { DnsRecordIpType: 'x' } }, 'InvalidParameterValue')
  refused({ IpAddressType: 'constructor' }, 'InvalidParameterValue')
  refused({ DnsOptions: { PrivateDnsPreference: 'ALL_DOMAINS' } }, 'InvalidParameter')
  refused({ DnsOptions: { PrivateDnsSpecifiedDomain: ['example.com'] } }, 'InvalidParameter')
  refused({ DnsOptions: { PrivateDnsOnlyForInboundResolverEndpoint: true } }, 'InvalidParameter')
  assert.deepEqual(
    change({ DnsOptions: { PrivateDnsOnlyForInboundResolverEndpoint: false } }),
    sampleEndpoint,
  )
})
