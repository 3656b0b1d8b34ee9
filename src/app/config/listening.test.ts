import assert from 'node:assert/strict'
import { test } from 'node:test'
import { toConfig } from './config.ts'
import { hasPublicListener, publicEndpointAddresses } from './listening.ts'
import type { SettingValues } from './settings.ts'

const networkOf = (addresses: readonly string[]) =>
  JSON.stringify([
    {
      ...{ id: 'vpc-1a2b3c4d', cidr: '10.20.0.0/16', ipv6Cidr: 'fd00:20::/56' },
      subnets: [{ id: 'subnet-1a2b3c4d', zone: 'us-east-1a', addresses }],
    },
    {
      ...{ id: 'vpc-1a2b3c4e', cidr: '127.0.0.0/8', ipv6Cidr: '::/64' },
      subnets: [{ id: 'subnet-1a2b3c4e', zone: 'us-east-1a', addresses: ['127.0.0.2', '::1'] }],
    },
  ])
const vpcs = networkOf(['10.20.1.5', 'fd00:20::5'])
const off = { port: 'off', 'tls-port': 'off' }

test('each public listener can be off, and both if a private endpoint can lead to the server', () => {
  for (const [values, plainPort, tlsPort, isPublic] of [
    [{ port: 'off' }, undefined, 4600, true],
    [{ 'tls-port': 'off' }, 4599, undefined, true],
    [{ ...off, vpcs }, undefined, undefined, false],
    [{ port: 'off', vpcs, host: '192.0.2.1', 'allow-plain-http': 'true' }, undefined, 4600, true],
  ] as const) {
    const config = toConfig(values)
    assert.deepEqual(
      [config.port, config.tls?.port, hasPublicListener(config)],
      [plainPort, tlsPort, isPublic],
    )
    assert.equal(config.servesPlainHttp, plainPort !== undefined)
  }
  const empty = JSON.stringify([
    {
      id: 'vpc-1a2b3c4d',
      cidr: '10.20.0.0/16',
      subnets: [{ id: 'subnet-1a2b3c4d', zone: 'us-east-1a', addresses: [] }],
    },
  ])
  for (const values of [off, { ...off, vpcs: empty }])
    assert.throws(
      () => toConfig(values),
      /^Error: KEYWARD_PORT and KEYWARD_TLS_PORT are off, and no subnet .* nobody could reach the server\.$/,
    )
})

test('endpoints speak TLS also where the public listener does not', () => {
  assert.equal(toConfig({ 'tls-port': 'off', 'tls-groups': 'hybrid-only' }).tlsGroups, 'hybrid-only')
  assert.throws(() => toConfig({ 'tls-port': 'off', 'tls-groups': 'pq' }), /KEYWARD_TLS_GROUPS/)
})

test('a public listener that accepts at the addresses of endpoints is known', () => {
  const sharedBy = (values: SettingValues) => publicEndpointAddresses(toConfig({ vpcs, ...values }))
  assert.deepEqual(sharedBy({}), [])
  assert.deepEqual(sharedBy({ host: '127.0.0.2' }), ['127.0.0.2'])
  assert.deepEqual(sharedBy({ host: 'fd00:0020::0:5' }), ['fd00:20::5'])
  assert.deepEqual(sharedBy({ host: '0.0.0.0' }), ['10.20.1.5', '127.0.0.2'])
  // On Linux, a listener on :: takes IPv4, too (ipv6(7), IPV6_V6ONLY).
  assert.deepEqual(sharedBy({ host: '::' }), ['10.20.1.5', 'fd00:20::5', '127.0.0.2', '::1'])
  assert.deepEqual(sharedBy({ host: '0.0.0.0', ...off }), [])
})

test('a public listener must not take the port of endpoints at their addresses', () => {
  for (const [values, taken] of [
    [{ host: '0.0.0.0', 'tls-port': '443' }, 'KEYWARD_TLS_PORT and KEYWARD_VPCE_PORT are 443'],
    [{ host: '0.0.0.0', 'vpce-port': '4600' }, 'KEYWARD_TLS_PORT and KEYWARD_VPCE_PORT are 4600'],
    [{ host: '127.0.0.2', 'vpce-port': '4599' }, 'KEYWARD_PORT and KEYWARD_VPCE_PORT are 4599'],
  ] as const)
    assert.throws(
      () => toConfig({ vpcs, ...values }),
      (error: Error) => error.message.includes(`${taken}: the public listener would take`),
      taken,
    )
  for (const values of [
    { host: '192.0.2.1', 'tls-port': '443' },
    // Plain HTTP is not served here.
    { host: '0.0.0.0', port: '443' },
    { host: '0.0.0.0', 'tls-port': '443', 'vpce-port': '8443' },
  ])
    assert.equal(toConfig({ vpcs, ...values }).host, values.host)
  assert.equal(toConfig({ host: '0.0.0.0', 'tls-port': '443' }).tls?.port, 443)
})

test('the settings for tests are refused with an endpoint that other machines can reach', () => {
  const loopback = networkOf([])
  for (const mode of [{ 'insecure-no-auth': 'true' }, { 'test-clock': 'true' }]) {
    assert.throws(
      () => toConfig({ vpcs, ...mode }),
      new RegExp(
        `${Object.keys(mode)[0]} works on a loopback address only, and the setting vpcs has the address 10\\.20\\.1\\.5\\.$`,
      ),
    )
    assert.throws(() => toConfig({ host: '192.0.2.1', ...mode }), /only, and KEYWARD_HOST is 192\.0\.2\.1\.$/)
    assert.equal(toConfig({ vpcs: loopback, ...mode }).vpcs.length, 2)
  }
})
