import assert from 'node:assert/strict'
import { rmSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { before, test } from 'node:test'
import type { VpcEndpoint } from '../../../src/domain/index.ts'
import {
  copyOf,
  examine,
  findingsOf,
  isFinding,
  ofMachine,
  stoppedDirectory,
} from '../../fixtures/castle/doctor.ts'
import { started } from '../../fixtures/keyward-process.ts'
import { vpcEndpointOf } from '../../fixtures/private-endpoints/sample-endpoints.ts'
import { writeStored } from '../../fixtures/stored-entities.ts'

// The check `private-endpoints` of keyward doctor, provoked.

const port = 18_443
const scope = { accountId: '000000000000', region: 'us-east-1' }
/** Networks with the addresses of one subnet. 203.0.113.0/24 is no machine's (RFC 5737). */
const settingsOf = (addresses: readonly string[], cidr = '127.0.0.0/8', more: object = {}) => ({
  KEYWARD_VPCE_PORT: `${port}`,
  KEYWARD_VPCS: JSON.stringify([
    {
      id: 'vpc-1a2b3c4d',
      cidr,
      subnets: [{ id: 'subnet-1a2b3c4d', zone: 'us-east-1a', addresses }],
      securityGroups: ['sg-1a2b3c4d', 'sg-2a2b3c4d'].map(group => ({ id: group, sources: [cidr] })),
      ...more,
    },
  ]),
})

function endpointAt(address: string, number: number, changes: Partial<VpcEndpoint> = {}): VpcEndpoint {
  const place = { networkInterfaceId: 'eni-1a2b3c4d', subnetId: 'subnet-1a2b3c4d', zone: 'us-east-1a' }
  return vpcEndpointOf(scope, number, {
    ...{
      state: 'available',
      lastError: undefined,
      interfaces: [{ ...place, ipv4: address, ipv6: undefined }],
    },
    ...changes,
  })
}

let empty: string
before(async () => {
  empty = await stoppedDirectory()
})

/** A stopped data directory with endpoints. */
async function directoryWith(...endpoints: readonly VpcEndpoint[]): Promise<string> {
  const dataDirectory = copyOf(empty)
  await writeStored({ dataDirectory }, async ({ vpcEndpoints }) => {
    for (const endpoint of endpoints) await vpcEndpoints.insert(endpoint)
  })
  return dataDirectory
}

const find = (directory: string, environment: Readonly<Record<string, string>>) =>
  findingsOf('private-endpoints', directory, environment)

/** The finding about a server that is well. */
async function wellOf(directory: string, environment: Record<string, string>): Promise<string[]> {
  const { findings } = await examine(directory, { args: ofMachine, environment })
  const own = findings.filter(({ check }) => check === 'private-endpoints')
  assert.deepEqual(own.filter(isFinding), [])
  return own.map(({ finding }) => finding)
}

test('networks without a problem are well, with endpoints, without them, and without the root key', async () => {
  const settings = settingsOf(['127.0.0.2', '127.0.0.3'])
  assert.deepEqual(await wellOf(empty, {}), ['There are no networks for private endpoints.'])
  assert.deepEqual(await wellOf(empty, settings), [
    'There are no private endpoints, and each address is ready for one.',
  ])
  const directory = await directoryWith(
    endpointAt('127.0.0.2', 1),
    endpointAt('127.0.0.3', 2, { state: 'pending' }),
  )
  assert.deepEqual(await wellOf(directory, settings), ['Private endpoints: 1 available, 1 pending.'])
  rmSync(join(directory, 'root.key'))
  assert.deepEqual(await wellOf(directory, settings), [
    'Private endpoints were not checked: the rows of the database cannot be read.',
  ])
})

test('an endpoint that has failed is a fault, with its reason', async () => {
  const lastError = { code: 'AddressInUse', message: 'The address 127.0.0.2 is in use.' }
  const directory = await directoryWith(endpointAt('127.0.0.2', 1, { state: 'failed', lastError }))
  assert.deepEqual(await find(directory, settingsOf(['127.0.0.2'])), [
    'fault: vpce-00000000000000001 has failed: The address 127.0.0.2 is in use. The server opens an endpoint by itself when the cause is gone.',
  ])
})

test('an address that the configuration does not name any more is a fault', async () => {
  const directory = await directoryWith(endpointAt('127.0.0.2', 1))
  const lost = /^fault: The setting vpcs does not name 127\.0\.0\.2 of vpce-00000000000000001 any more, /
  for (const settings of [
    settingsOf(['127.0.0.3']),
    settingsOf(['127.0.0.2'], undefined, { id: 'vpc-1a2b3c4e' }),
    settingsOf(['127.0.0.2'], undefined, {
      subnets: [{ id: 'subnet-1a2b3c4e', zone: 'us-east-1a', addresses: ['127.0.0.2'] }],
    }),
  ]) {
    const [first, ...others] = await find(directory, settings)
    assert.match(first ?? '', lost)
    assert.deepEqual(others, [])
  }
  assert.deepEqual(
    await find(directory, settingsOf(['127.0.0.2'], undefined, { account: scope.accountId })),
    [],
  )
})

test('a network of a different account is a fault that says so', async () => {
  const settings = settingsOf(['127.0.0.2'], undefined, { account: '111122223333' })
  assert.deepEqual(await find(await directoryWith(endpointAt('127.0.0.2', 1)), settings), [
    'fault: The setting vpcs has vpc-1a2b3c4d for the account 111122223333, and vpce-00000000000000001 is of the account 000000000000, so that it does not listen. Set the account of the network to 000000000000 and restart the server.',
  ])
})

test('endpoints without any network in the settings are a warning about the settings alone', async () => {
  const lastError = { code: 'AddressInUse', message: 'The address 127.0.0.2 is in use.' }
  const directory = await directoryWith(
    endpointAt('127.0.0.2', 1, { state: 'failed', lastError }),
    endpointAt('127.0.0.3', 2),
  )
  assert.deepEqual(await find(directory, {}), [
    'warn: The setting vpcs is missing, and the database has 2 private endpoints. Run doctor with the settings of the server: with --config, or in its environment.',
  ])
})

test('a security group that the configuration does not have any more is a fault', async () => {
  const securityGroupIds = ['sg-1a2b3c4d', 'sg-9a2b3c4d']
  const directory = await directoryWith(endpointAt('127.0.0.2', 1, { securityGroupIds }))
  const settings = settingsOf(['127.0.0.2'], undefined, {
    securityGroups: [{ id: 'sg-1a2b3c4d', sources: [] }],
  })
  assert.deepEqual(await find(directory, settings), [
    'fault: The setting vpcs does not have sg-9a2b3c4d of vpce-00000000000000001 any more, so that it refuses the clients of the security group. Name the group in its network again and restart the server, or give the endpoint different groups.',
  ])
})

test('more problems than a screen has are counted', async () => {
  const endpoints = [1, 2, 3, 4, 5, 6, 7].map(number => endpointAt(`127.0.0.${number + 1}`, number))
  const found = await find(await directoryWith(...endpoints), settingsOf([]))
  assert.equal(found.length, 6)
  assert.match(found[5] ?? '', /^fault: There are 2 more problems of private endpoints\./)
})

test('an address that the machine does not have is a warning, and a fault if an endpoint has it', async () => {
  const addresses = [1, 2, 3, 4, 5, 6].map(number => `203.0.113.${number}`)
  const settings = settingsOf(addresses, '203.0.113.0/24')
  const says =
    /: This machine does not have 203\.0\.113\.1, 203\.0\.113\.2, 203\.0\.113\.3, 203\.0\.113\.4, 203\.0\.113\.5 and 1 more, which the setting vpcs names\./
  const [unused, ...more] = await find(empty, settings)
  assert.match(unused ?? '', says)
  assert.match(unused ?? '', /^warn/)
  assert.deepEqual(more, [])
  const [used] = await find(await directoryWith(endpointAt('203.0.113.6', 1)), settings)
  assert.match(used ?? '', says)
  assert.match(used ?? '', /^fault/)
})

test('a port that a different program has is found while the server is stopped', async t => {
  const other = createServer()
  await new Promise<void>(resolve => other.listen(port, '127.0.0.2', resolve))
  t.after(() => other.close())
  const settings = settingsOf(['127.0.0.2', '127.0.0.3'])
  assert.deepEqual(await find(empty, settings), [
    `warn: Port ${port} of 127.0.0.2 is in use by another program. Stop that program, or set KEYWARD_VPCE_PORT to a different one.`,
  ])
  // It may be the server's own while that runs.
  const server = await started(t, { environment: settings })
  assert.deepEqual(await find(server.dataDirectory, settings), [])
})

test('a public listener at the addresses of endpoints is a warning', async () => {
  const settings = settingsOf(['127.0.0.2', '127.0.0.3'])
  const open = { ...settings, KEYWARD_HOST: '0.0.0.0', KEYWARD_ALLOW_PLAIN_HTTP: 'true' }
  const [only, ...others] = await find(empty, open)
  assert.match(
    only ?? '',
    /^warn: The public listener on 0\.0\.0\.0 accepts at 127\.0\.0\.2, 127\.0\.0\.3, too: .* Set KEYWARD_HOST to a different address, /,
  )
  assert.deepEqual(others, [])
})

test('the certificate is looked at for endpoints alone, too', async () => {
  const files = { KEYWARD_TLS_CERT: '/no/cert.pem', KEYWARD_TLS_KEY: '/no/key.pem' }
  const settings = settingsOf(['127.0.0.2'])
  assert.match(
    (await findingsOf('certificates', empty, { ...settings, ...files })).join(),
    /^fault: .*\/no\/cert\.pem/,
  )
  assert.deepEqual(await findingsOf('certificates', empty, files), [])
})
