import assert from 'node:assert/strict'
import { test } from 'node:test'
import { emptyEndpointOf, vpcEndpointOf } from '../../../test/fixtures/private-endpoints/sample-endpoints.ts'
import type { VpcEndpoint } from '../../domain/index.ts'
import { holdEveryDatabase, home, others, scopes } from './databases.test.ts'
import type { Change, Writer } from './store.ts'

// The promises of vpc-endpoints.ts.

const [abroad = home, stranger = home] = others

holdEveryDatabase('VPC endpoints', on => {
  const write = <T>(work: (writer: Writer) => Promise<T>) => on.store.write(work)
  const insert = (...endpoints: readonly VpcEndpoint[]) =>
    write(async ({ vpcEndpoints }) => {
      for (const endpoint of endpoints) await vpcEndpoints.insert(endpoint)
    })
  const idsOf = (endpoints: readonly VpcEndpoint[]) => endpoints.map(({ vpcEndpointId }) => vpcEndpointId)

  test('an endpoint is found by its id and its client token, with all that it has', async () => {
    const [full, empty] = [vpcEndpointOf(home, 1), emptyEndpointOf(home, 2)]
    await insert(full, empty)
    await on.reopen()
    const { vpcEndpoints } = on.store.reader
    assert.deepEqual(await vpcEndpoints.find(home, full.vpcEndpointId), full)
    assert.deepEqual(await vpcEndpoints.find(home, empty.vpcEndpointId), empty)
    assert.deepEqual(await vpcEndpoints.findByClientToken(home, 'token 1'), full)
    assert.equal(await vpcEndpoints.findByClientToken(home, 'Token 1'), undefined)
    for (const scope of others) {
      assert.equal(await vpcEndpoints.find(scope, full.vpcEndpointId), undefined)
      assert.equal(await vpcEndpoints.findByClientToken(scope, 'token 1'), undefined)
      assert.deepEqual(await vpcEndpoints.list(scope), [])
    }
  })

  test('the ids and the client tokens of the endpoints of a scope differ', async () => {
    await insert(...scopes.map(scope => vpcEndpointOf(scope, 1)))
    const { clientToken } = vpcEndpointOf(home, 1)
    await assert.rejects(insert(emptyEndpointOf(home, 1)))
    await assert.rejects(insert(emptyEndpointOf(home, 2, { clientToken })))
    await insert(emptyEndpointOf(home, 2), emptyEndpointOf(home, 3))
    await assert.rejects(
      write(({ vpcEndpoints }) => vpcEndpoints.update(emptyEndpointOf(home, 2, { clientToken }))),
    )
  })

  test('an update replaces all of an endpoint, and of no other', async () => {
    await insert(...scopes.map(scope => vpcEndpointOf(scope, 1)))
    const changed = emptyEndpointOf(home, 1, {
      ...{ vpcId: 'vpc-2a2b3c4d', serviceName: 'com.amazonaws.us-east-1.other', state: 'deleting' },
      ...{ policyDocument: '{}', dnsLabel: 'aaaaaaaa', createdAt: 2 },
      ...{ ipAddressType: 'ipv6', dnsRecordIpType: 'ipv6' },
    })
    await write(({ vpcEndpoints }) => vpcEndpoints.update(changed))
    await write(({ vpcEndpoints }) => vpcEndpoints.update(vpcEndpointOf(home, 9)))
    await on.reopen()
    const { vpcEndpoints } = on.store.reader
    assert.deepEqual(await vpcEndpoints.list(home), [changed])
    for (const scope of others) assert.deepEqual(await vpcEndpoints.list(scope), [vpcEndpointOf(scope, 1)])
  })

  test('a deletion removes one endpoint, whose id and client token are free again', async () => {
    await insert(...scopes.map(scope => vpcEndpointOf(scope, 1)), vpcEndpointOf(home, 2))
    await write(({ vpcEndpoints }) => vpcEndpoints.delete(vpcEndpointOf(home, 1)))
    const { vpcEndpoints } = on.store.reader
    assert.deepEqual(await vpcEndpoints.list(home), [vpcEndpointOf(home, 2)])
    for (const scope of others) assert.equal((await vpcEndpoints.list(scope)).length, 1)
    await insert(vpcEndpointOf(home, 1))
  })

  test('the endpoints of a scope are listed by id, and those of all scopes at once', async () => {
    const numbers = [3, 1, 2]
    await insert(...numbers.map(number => vpcEndpointOf(home, number)))
    await insert(vpcEndpointOf(abroad, 4), vpcEndpointOf(stranger, 5))
    const { vpcEndpoints } = on.store.reader
    const inOrder = [1, 2, 3].map(number => vpcEndpointOf(home, number).vpcEndpointId)
    assert.deepEqual(idsOf(await vpcEndpoints.list(home)), inOrder)
    const abroadId = vpcEndpointOf(abroad, 4).vpcEndpointId
    const strangersId = vpcEndpointOf(stranger, 5).vpcEndpointId
    assert.deepEqual(idsOf(await vpcEndpoints.listAll()).sort(), [...inOrder, abroadId, strangersId].sort())
  })

  test('listeners receive the endpoint of every change', async () => {
    const changes: Change[] = []
    on.store.subscribe(change => changes.push(change))
    const made = vpcEndpointOf(home, 1)
    const renewed = { ...made, policyDocument: '{}' }
    await insert(made)
    await write(({ vpcEndpoints }) => vpcEndpoints.update(renewed))
    await write(({ vpcEndpoints }) => vpcEndpoints.update(vpcEndpointOf(home, 2)))
    await write(({ vpcEndpoints }) => vpcEndpoints.delete(renewed))
    const type = 'vpcEndpoint'
    assert.deepEqual(changes, [
      { type, endpoint: made, isGone: false },
      { type, endpoint: renewed, isGone: false },
      { type, endpoint: renewed, isGone: true },
    ])
  })
})
