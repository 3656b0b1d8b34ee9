import assert from 'node:assert/strict'
import { test } from 'node:test'
import { vpcEndpointOf } from '../../../../test/fixtures/private-endpoints/sample-endpoints.ts'
import { endpointLines } from './endpoint-lines.ts'

const scope = { accountId: '000000000000', region: 'us-east-1' }
const available = { state: 'available', lastError: undefined } as const

test('a line has the state, the addresses with the port, and the CA of the network', () => {
  const endpoints = [vpcEndpointOf(scope, 1, available)]
  const line =
    'Private endpoint vpce-00000000000000001 (available) at 10.20.1.1:8443, [fd00:20::1]:8443, [fd00:21::1]:8443'
  const caPaths = new Map([['vpc-1a2b3c4d', '/data/tls/ca-vpc-1a2b3c4d.pem']])
  assert.deepEqual(endpointLines(endpoints, { port: 8443, caPaths }), [
    `${line}; clients trust /data/tls/ca-vpc-1a2b3c4d.pem`,
  ])
  assert.deepEqual(endpointLines(endpoints, { port: 8443, caPaths: new Map() }), [line])
})

test('the line of an endpoint that has failed has the reason', () => {
  const lastError = { code: 'AddressInUse', message: 'Port 443 on 10.20.1.2 is in use by another program.' }
  const [first] = vpcEndpointOf(scope, 2).interfaces
  const interfaces = [{ ...(first ?? assert.fail()), ipv6: undefined }]
  const caPaths = new Map([['vpc-1a2b3c4d', 'ca.pem']])
  assert.deepEqual(
    endpointLines([vpcEndpointOf(scope, 2, { lastError, interfaces })], { port: 443, caPaths }),
    [
      'Private endpoint vpce-00000000000000002 (failed) at 10.20.1.2:443: Port 443 on 10.20.1.2 is in use by another program.',
    ],
  )
})

test('ten endpoints have lines, and the others are counted', () => {
  const endpoints = Array.from({ length: 12 }, (_, index) => vpcEndpointOf(scope, index % 10, available))
  const places = { port: 443, caPaths: new Map() }
  assert.equal(endpointLines(endpoints.slice(0, 10), places).length, 10)
  const lines = endpointLines(endpoints, places)
  assert.deepEqual([lines.length, lines.at(-1)], [11, 'and 2 more private endpoints'])
})
