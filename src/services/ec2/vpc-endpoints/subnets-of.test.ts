import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  otherSubnetA,
  sampleEndpoint,
  sampleVpc,
  subnetA,
  subnetB,
} from '../../../../test/fixtures/private-endpoints/sample-vpc.ts'
import { interfacesOf, newInterfaceId, type SubnetFacts, type WantedSubnets } from './subnets-of.ts'

const newId = 'eni-0a1b2c3d4e5f6ffff'
const find = (wanted: Partial<WantedSubnets>, facts: Partial<SubnetFacts> = {}) =>
  interfacesOf(
    { subnetIds: [subnetA], configurations: [], ipAddressType: 'ipv4', ...wanted },
    { vpc: sampleVpc, interfaces: [], isTaken: () => false, newInterfaceId: () => newId, ...facts },
  )
const refused = (code: string, message?: string) => (error: unknown) => {
  assert.equal((error as { code?: string }).code, code)
  if (message !== undefined) assert.equal((error as Error).message, message)
  return true
}
const taken = (...addresses: string[]) => ({ isTaken: (address: string) => addresses.includes(address) })

test('an interface takes the first free address of its subnet', () => {
  const inA = { networkInterfaceId: newId, subnetId: subnetA, zone: 'us-east-1a', ipv6: undefined }
  assert.deepEqual(find({}), [{ ...inA, ipv4: '10.20.1.5' }])
  assert.deepEqual(find({}, taken('10.20.1.5')), [{ ...inA, ipv4: '10.20.1.6' }])
  assert.throws(() => find({}, taken('10.20.1.5', '10.20.1.6')), refused('InsufficientFreeAddressesInSubnet'))
  assert.match(newInterfaceId(), /^eni-[0-9a-f]{17}$/)
})

test('the type of the addresses decides which ones an interface has', () => {
  const addressesOf = (ipAddressType: WantedSubnets['ipAddressType']) =>
    find({ ipAddressType }).map(({ ipv4, ipv6 }) => [ipv4, ipv6])
  assert.deepEqual(addressesOf('ipv6'), [[undefined, 'fd00:20::5']])
  assert.deepEqual(addressesOf('dualstack'), [['10.20.1.5', 'fd00:20::5']])
  assert.throws(() => find({ subnetIds: [subnetB], ipAddressType: 'dualstack' }), refused('InvalidParameter'))
})

test('a request chooses a free address in any of its forms', () => {
  const choose = (address: object, ipAddressType: WantedSubnets['ipAddressType'] = 'dualstack') =>
    find({ ipAddressType, configurations: [{ SubnetId: subnetA, ...address }] }, taken('10.20.1.5'))
  assert.equal(choose({ Ipv4: '10.20.1.6' })[0]?.ipv4, '10.20.1.6')
  assert.equal(choose({ Ipv6: 'FD00:20:0:0::0005' })[0]?.ipv6, 'fd00:20::5')
  // Taken, not listed, of a different subnet, of the other family, not an address.
  for (const Ipv4 of ['10.20.1.5', '10.20.1.7', '10.20.3.5', 'fd00:20::5', 'x'])
    assert.throws(() => choose({ Ipv4 }), refused('InvalidParameter'), Ipv4)
  for (const Ipv6 of ['fd00:20::5%eth0', '[fd00:20::5]', 'fd00:20::5:', '10.20.1.6', 'fd00:20::6'])
    assert.throws(() => choose({ Ipv6 }), refused('InvalidParameter'), Ipv6)
  assert.throws(() => choose({ Ipv6: 'fd00:20::5' }, 'ipv4'), refused('InvalidParameter'))
})

test('a configuration is for a subnet of the endpoint, and each has one', () => {
  const configure = (...ids: string[]) => find({ configurations: ids.map(SubnetId => ({ SubnetId })) })
  assert.equal(configure(subnetA).length, 1)
  assert.throws(() => configure(subnetB), refused('InvalidParameter'))
  assert.throws(() => configure(subnetA, subnetA), refused('InvalidParameter'))
})

test('a zone has one subnet of the endpoint', () => {
  const text = `Found another VPC endpoint subnet in the availability zone of ${subnetA}`
  assert.equal(find({ subnetIds: [subnetA, subnetB] }).length, 2)
  for (const subnetIds of [
    [subnetA, otherSubnetA],
    [subnetA, subnetA],
  ])
    assert.throws(() => find({ subnetIds }), refused('DuplicateSubnetsInSameZone', text))
})

test('a subnet must be one of the VPC', () => {
  const stranger = 'subnet-0a1b2c3d4e5f6dead'
  assert.throws(
    () => find({ subnetIds: [stranger] }),
    refused('InvalidSubnetID.NotFound', `The subnet ID '${stranger}' does not exist`),
  )
})

test('a kept subnet keeps its interface and address', () => {
  const { interfaces } = sampleEndpoint
  const own = taken()
  assert.deepEqual(find({}, { interfaces, ...own }), interfaces)
  const [dual] = find({ ipAddressType: 'dualstack' }, { interfaces })
  assert.deepEqual(dual, { ...interfaces[0], ipv6: 'fd00:20::5' })
  const [only6] = find({ ipAddressType: 'ipv6' }, { interfaces })
  assert.deepEqual(only6, { ...interfaces[0], ipv4: undefined, ipv6: 'fd00:20::5' })
  const chosen = { configurations: [{ SubnetId: subnetA, Ipv4: '10.20.1.6' }] }
  assert.deepEqual(find(chosen, { interfaces }), [{ ...interfaces[0], ipv4: '10.20.1.6' }])
})

test('an interface stays when the configuration does not have its subnet any more', () => {
  const { interfaces } = sampleEndpoint
  const vpc = { ...sampleVpc, subnets: [] }
  assert.deepEqual(find({}, { interfaces, vpc }), interfaces)
  assert.throws(
    () => find({ ipAddressType: 'dualstack' }, { interfaces, vpc }),
    refused('InvalidSubnetID.NotFound'),
  )
})
