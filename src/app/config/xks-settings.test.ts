import assert from 'node:assert/strict'
import { test } from 'node:test'
import { temporaryFile } from '../../../test/fixtures/keyward-process.ts'
import { madeWithOpenssl, skipWithoutOpenssl } from '../../../test/fixtures/tls/openssl-certificates.ts'
import { OperatorError } from '../../std/index.ts'
import { readXksSettings } from './xks-settings.ts'

const service = 'com.amazonaws.vpce.us-east-1.vpce-svc-0123456789abcdef0'
const options = { skip: skipWithoutOpenssl }
const read = (settings: object) => readXksSettings(JSON.stringify(settings))

test('without the setting there are the public roots and no endpoint services', () => {
  const nothing = { ca: undefined, clientCertificate: undefined, vpcEndpointServices: new Map() }
  assert.deepEqual(readXksSettings(undefined), nothing)
})

test('an endpoint service has a host or an address, and a port', () => {
  for (const [text, host, port] of [
    ['xks.example.com:443', 'xks.example.com', 443],
    ['localhost:1', 'localhost', 1],
    ['10.0.0.7:65535', '10.0.0.7', 65_535],
    ['[fd00::7]:443', 'fd00::7', 443],
  ] as const) {
    const { vpcEndpointServices } = read({ vpcEndpointServices: { [service]: text } })
    assert.deepEqual([...vpcEndpointServices], [[service, { host, port }]])
  }
})

test('an address or a name that cannot be one is refused', () => {
  for (const text of [
    ...['xks.example.com', 'xks.example.com:0', 'xks.example.com:65536', '*.example.com:443', ':443'],
    ...[
      'fd00::7:443',
      '[fd00::7]',
      '[xks.example.com]:443',
      'https://xks.example.com:443',
      'a b:443',
      '10.0.0:443',
    ],
  ])
    assert.throws(
      () => read({ vpcEndpointServices: { [service]: text } }),
      refusal(/must be HOST:PORT/),
      text,
    )
  for (const name of ['vpce-svc-1', `${service}${'0'.repeat(30)}`, 'org.amazonaws.vpce.us-east-1.vpce-svc-1'])
    assert.throws(
      () => read({ vpcEndpointServices: { [name]: 'a.example:443' } }),
      refusal(/is not below the name of a VPC endpoint service/),
    )
})

test('the files are read, and one that cannot be used is refused', options, () => {
  const { certificate, key } = madeWithOpenssl()
  const ca = temporaryFile('ca.pem', certificate)
  const keyFile = temporaryFile('key.pem', key)
  const both = temporaryFile('both.pem', certificate + key)
  assert.equal(read({ ca }).ca, certificate)
  assert.deepEqual(read({ clientCertificate: ca, clientKey: keyFile }).clientCertificate, {
    certificate,
    key,
  })
  assert.equal(read({ clientCertificate: both }).clientCertificate?.key, certificate + key)
  const strange = temporaryFile('strange.pem', madeWithOpenssl().key)
  for (const [settings, says] of [
    [{ ca: '/no/such/file' }, /xks:1: ca cannot be read/],
    [{ ca: keyFile }, /xks:1: ca has no certificate in PEM/],
    [{ clientKey: keyFile }, /xks:1: clientKey needs a clientCertificate/],
    [{ clientCertificate: ca }, /xks:1: clientCertificate cannot be used/],
    [{ clientCertificate: ca, clientKey: strange }, /xks:1: clientCertificate cannot be used: .*mismatch/],
    [
      { proxies: [] },
      /is not a setting here; the known settings are ca, clientCertificate, clientKey, vpcEnd/,
    ],
  ] as const)
    assert.throws(() => read(settings), refusal(says))
})

const refusal = (says: RegExp) => (error: unknown) => {
  assert.ok(error instanceof OperatorError)
  assert.match(error.message, says)
  return true
}
