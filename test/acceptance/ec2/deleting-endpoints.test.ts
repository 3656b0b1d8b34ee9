import assert from 'node:assert/strict'
import { afterEach, test } from 'node:test'
import { unescaped } from '../../fixtures/private-endpoints/ec2-xml.ts'
import { endpointsWorld, isRefused, listOf, subnetA } from '../../fixtures/worlds/vpc-endpoints.ts'

const world = await endpointsWorld()
afterEach(() => world.clear())

const remove = (...ids: string[]) => world.call('DeleteVpcEndpoints', listOf('VpcEndpointId', ...ids))
const unknown = ['vpce-0a1b2c3d4e5f6dead', 'vpce-0a1b2c3d4e5f6beef'] as const

/** Asserts that an endpoint is `deleting`, or gone already. */
async function isDeleted(id: string): Promise<void> {
  const answer = await world.describe(id)
  if (answer.status === 200) assert.equal(answer.find('state'), 'deleting')
  else isRefused(answer, 'InvalidVpcEndpointId.NotFound')
}

test('endpoints are deleted together', async () => {
  const [first, second] = [await world.create(listOf('SubnetId', subnetA)), await world.create()]
  const answer = await remove(first, second)
  assert.equal(answer.status, 200)
  assert.match(answer.text, /<unsuccessful\/?>/)
  for (const id of [first, second]) await isDeleted(id)
})

test('an endpoint that is being deleted can be deleted once more', async () => {
  const id = await world.create()
  for (const ids of [[id], [id, id]]) {
    const answer = await remove(...ids)
    assert.equal(answer.status, 200)
  }
  await isDeleted(id)
})

// The code is in the list of error codes of the Amazon EC2 API reference. Terraform looks for it.
test('unknown endpoints are listed in an answer that is no error, and the others are deleted', async () => {
  const id = await world.create()
  const answer = await remove(unknown[0], id, unknown[1])
  assert.equal(answer.status, 200)
  const items = [...answer.text.matchAll(/<item>(.*?)<\/item>/gs)].map(([, item]) => unescaped(item))
  assert.deepEqual(
    items.map(item => item.replaceAll(/\s*\n\s*/g, '')),
    unknown.map(
      name =>
        `<error><code>InvalidVpcEndpoint.NotFound</code><message>The Vpc Endpoint Id '${name}' does not exist</message></error><resourceId>${name}</resourceId>`,
    ),
  )
  await isDeleted(id)
})

test('a request names 1 to 25 endpoints by well-formed ids, or deletes none', async () => {
  const id = await world.create()
  isRefused(await remove(), 'MissingParameter', 'The request must contain the parameter VpcEndpointId')
  isRefused(await remove(id, 'vpce-1'), 'InvalidVpcEndpointId.Malformed')
  const many = Array.from({ length: 25 }, (_, index) => `vpce-${String(index).padStart(8, '0')}`)
  isRefused(await remove(id, ...many), 'InvalidParameterValue')
  assert.notEqual((await world.describe(id)).find('state'), 'deleting')
  assert.equal((await remove(...many)).status, 200)
})

test('a rehearsal of a deletion deletes nothing', async () => {
  const id = await world.create()
  isRefused(
    await world.call('DeleteVpcEndpoints', { DryRun: 'true', ...listOf('VpcEndpointId', id) }),
    'DryRunOperation',
    undefined,
    412,
  )
  assert.notEqual((await world.describe(id)).find('state'), 'deleting')
})
