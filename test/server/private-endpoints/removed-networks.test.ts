import assert from 'node:assert/strict'
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

for (const [name, KEYWARD_TLS_PORT] of [
  ['plain HTTP', 'off'],
  ['HTTPS', '0'],
] as const)
  test(`endpoints fail without any network in the configuration, and can be deleted (${name})`, async t => {
    const { environment } = await loopbackNetwork()
    const before = await started(t, { environment })
    const made = await callQuery(before, 'ec2', 'CreateVpcEndpoint', {
      ...{ VpcId: loopbackVpc, VpcEndpointType: 'Interface', 'SubnetId.1': loopbackSubnetA },
      ...{ ServiceName: 'com.amazonaws.us-east-1.kms', PrivateDnsEnabled: 'false' },
    })
    const id = made.find('vpcEndpointId') ?? assert.fail(made.text)
    await becomes(before, id, 'available')
    assert.equal(await before.stop(), 0)

    const { dataDirectory } = before
    const server = await started(t, { dataDirectory, environment: { KEYWARD_TLS_PORT } })
    await becomes(server, id, 'failed NotConfigured')
    await callQuery(server, 'ec2', 'DeleteVpcEndpoints', { 'VpcEndpointId.1': id })
    await becomes(server, id, 'InvalidVpcEndpointId.NotFound')
    assert.equal(await server.stop(), 0)
  })
