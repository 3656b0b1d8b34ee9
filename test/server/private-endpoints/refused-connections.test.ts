import assert from 'node:assert/strict'
import { connect } from 'node:net'
import { test } from 'node:test'
import { started } from '../../fixtures/keyward-process.ts'
import { scrapeUntil } from '../../fixtures/metrics/scrape.ts'
import {
  emptyGroup,
  loopbackNetwork,
  loopbackSubnetA,
  loopbackVpc,
} from '../../fixtures/private-endpoints/loopback-network.ts'
import { callQuery } from '../../fixtures/query-call.ts'

const metric = 'keyward_vpc_endpoint_refused_total'

test('a connection that no security group admits is counted for its endpoint, with the reason', async t => {
  const { port, environment } = await loopbackNetwork()
  const server = await started(t, { environment: { ...environment, KEYWARD_METRICS_PORT: '0' } })
  const made = await callQuery(server, 'ec2', 'CreateVpcEndpoint', {
    ...{ VpcId: loopbackVpc, VpcEndpointType: 'Interface', 'SubnetId.1': loopbackSubnetA },
    ...{ ServiceName: 'com.amazonaws.us-east-1.kms', 'SecurityGroupId.1': emptyGroup },
  })
  const endpoint = made.find('vpcEndpointId') ?? assert.fail(made.text)
  const before = await scrapeUntil(
    server,
    now => now.value('keyward_vpc_endpoints', { state: 'available' }) === 1,
  )
  assert.deepEqual(
    before.samples.filter(({ name }) => name === metric),
    [],
  )
  const { promise, resolve } = Promise.withResolvers<string | undefined>()
  connect({ host: '127.20.1.5', port }).once('error', ({ code }: NodeJS.ErrnoException) => resolve(code))
  assert.equal(await promise, 'ECONNRESET')
  const now = await scrapeUntil(server, each => each.samples.some(({ name }) => name === metric))
  assert.deepEqual(
    now.samples.filter(({ name }) => name === metric).map(({ labels, value }) => [labels, value]),
    [[{ endpoint, reason: 'group' }, 1]],
  )
  assert.equal(await server.stop(), 0)
})
