import assert from 'node:assert/strict'
import { join } from 'node:path'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { type KeywardProcess, started } from '../../fixtures/keyward-process.ts'
import {
  loopbackNetwork,
  loopbackSubnetA,
  loopbackVpc,
} from '../../fixtures/private-endpoints/loopback-network.ts'
import { callQuery } from '../../fixtures/query-call.ts'

// Amazon EC2 API reference, "DescribeVpcEndpoints"; AWS's waiters end when an endpoint that was deleted is not found.

async function stateOf(server: KeywardProcess, id: string): Promise<string> {
  const answer = await callQuery(server, 'ec2', 'DescribeVpcEndpoints', { 'VpcEndpointId.1': id })
  return [answer.find('state'), answer.find('code'), answer.find('Code')].join(' ').trim()
}

async function becomes(server: KeywardProcess, id: string, state: string): Promise<void> {
  for (let tries = 0; tries < 100 && (await stateOf(server, id)) !== state; tries++) await sleep(50)
  assert.equal(await stateOf(server, id), state)
}

/** The failures of endpoints in the log of a server: the endpoint, and its reason. */
const failuresIn = (server: KeywardProcess) =>
  server
    .stderr()
    .split('\n')
    .filter(line => line.includes('"a private endpoint has failed"'))
    .map(line => JSON.parse(line) as Record<string, unknown>)
    .map(({ vpcEndpointId, lastError }) => [vpcEndpointId, lastError])

for (const [name, KEYWARD_TLS_PORT] of [
  ['plain HTTP', 'off'],
  ['HTTPS', '0'],
] as const)
  test(`endpoints fail without any network in the configuration, and can be deleted (${name})`, async t => {
    const { port, environment } = await loopbackNetwork()
    const before = await started(t, { environment })
    const made = await callQuery(before, 'ec2', 'CreateVpcEndpoint', {
      ...{ VpcId: loopbackVpc, VpcEndpointType: 'Interface', 'SubnetId.1': loopbackSubnetA },
      ...{ ServiceName: 'com.amazonaws.us-east-1.kms', PrivateDnsEnabled: 'false' },
    })
    const id = made.find('vpcEndpointId') ?? assert.fail(made.text)
    await becomes(before, id, 'available')
    assert.equal(await before.stop(), 0)

    const { dataDirectory } = before
    const again = await started(t, { dataDirectory, environment })
    const ca = join(dataDirectory, 'tls', `ca-${loopbackVpc}.pem`)
    const place = `at 127.20.1.5:${port}`
    assert.ok(
      again.stdout().includes(`\nPrivate endpoint ${id} (available) ${place}; clients trust ${ca}\n`),
      again.stdout(),
    )
    assert.deepEqual(failuresIn(again), [])
    assert.equal(await again.stop(), 0)

    const KEYWARD_VPCE_PORT = String(port)
    const reason = 'The configuration does not have the address 127.20.1.5 in the subnet of the endpoint.'
    // The second of these starts finds an endpoint that has failed already.
    for (const _ of [1, 2]) {
      const start = await started(t, { dataDirectory, environment: { KEYWARD_TLS_PORT, KEYWARD_VPCE_PORT } })
      assert.ok(
        start.stdout().includes(`\nPrivate endpoint ${id} (failed) ${place}: ${reason}\n`),
        start.stdout(),
      )
      assert.deepEqual(failuresIn(start), [[id, { code: 'NotConfigured', message: reason }]])
      assert.equal(await start.stop(), 0)
    }

    const server = await started(t, { dataDirectory, environment: { KEYWARD_TLS_PORT } })
    await becomes(server, id, 'failed NotConfigured')
    await callQuery(server, 'ec2', 'DeleteVpcEndpoints', { 'VpcEndpointId.1': id })
    await becomes(server, id, 'InvalidVpcEndpointId.NotFound')
    assert.equal(await server.stop(), 0)
  })
