import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer, type Socket, connect as tcpConnect } from 'node:net'
import { join } from 'node:path'
import { after, afterEach, beforeEach, test } from 'node:test'
import { temporaryDirectory } from '../../../../test/fixtures/keyward-process.ts'
import { freePorts } from '../../../../test/fixtures/s3/seaweedfs.ts'
import { openTestStore } from '../../../../test/fixtures/test-store.ts'
import type { Vpc, VpcEndpoint } from '../../../domain/index.ts'
import type { Store } from '../../../store/index.ts'
import { Doors } from './doors.ts'
import { EndpointsInUse } from './endpoints-in-use.ts'
import type { OpenDoor } from './open-door.ts'

// Doors with real listeners on addresses of the loopback interface, and a real store.

const scope = { accountId: '111122223333', region: 'us-east-1' }
const [port = 0] = await freePorts(1)
const [open, other, absent] = ['127.31.0.5', '127.31.0.6', '203.0.113.77']
const vpc: Vpc = {
  ...{ ...scope, vpcId: 'vpc-1a2b3c4d', cidr: '127.31.0.0/16', ipv6Cidr: undefined },
  subnets: [{ subnetId: 'subnet-1a2b3c4d', zone: 'us-east-1a', addresses: [open, other, absent] }],
  securityGroups: [
    { groupId: 'sg-1a2b3c4d', name: 'default', sources: ['127.0.0.1/32'] },
    { groupId: 'sg-2a2b3c4d', name: 'nobody', sources: [] },
  ],
}

const endpointAt = (ipv4: string, changes: Partial<VpcEndpoint> = {}): VpcEndpoint => ({
  ...scope,
  ...{ vpcEndpointId: 'vpce-1a2b3c4d', vpcId: vpc.vpcId, serviceName: 'com.amazonaws.us-east-1.kms' },
  ...{ state: 'available', policyDocument: '{"Statement":[]}', isPrivateDnsEnabled: false },
  ...{ ipAddressType: 'ipv4', dnsRecordIpType: 'ipv4', securityGroupIds: ['sg-1a2b3c4d'] },
  interfaces: [
    {
      ...{ networkInterfaceId: 'eni-1a2b3c4d', subnetId: 'subnet-1a2b3c4d', zone: 'us-east-1a' },
      ...{ ipv4, ipv6: undefined },
    },
  ],
  ...{ dnsLabel: 'dfm9tr04', createdAt: 0, tags: [], clientToken: undefined, lastError: undefined },
  ...changes,
})

let store: Store
let doors: Doors
let served: { socket: Socket; door: OpenDoor }[]
let retired: number
let events: string[]
let refused: string[]

beforeEach(async () => {
  store = await openTestStore(join(temporaryDirectory(), 'keyward.db'))
  await store.write(({ accounts }) => accounts.insert(scope.accountId, 0))
  served = []
  events = []
  refused = []
  retired = 0
  doors = new Doors({
    endpoints: await EndpointsInUse.open(store),
    networks: { all: [vpc], list: () => [vpc] },
    port,
    http: {
      connectionsMax: 4,
      // Connections end here when their door is over, as those of the engine do.
      async retire() {
        retired++
        for (const { socket, door } of served) if (door.isOver) socket.destroy()
      },
    },
    tls: { serve: (socket, { door }) => served.push({ socket, door: door as OpenDoor }) },
    onChange: (event, _id, address) => events.push(`${event} ${address}`),
    onRefused: (id, reason) => refused.push(`${id} ${reason}`),
  })
})

afterEach(async () => {
  await doors.closeAll()
  await store.close()
})

async function put(endpoint: VpcEndpoint): Promise<VpcEndpoint> {
  await store.write(async ({ vpcEndpoints }) =>
    (await vpcEndpoints.find(scope, endpoint.vpcEndpointId)) === undefined
      ? vpcEndpoints.insert(endpoint)
      : vpcEndpoints.update(endpoint),
  )
  return endpoint
}

/** Connects to an address: the socket, or the code of the error. */
async function connect(host: string): Promise<Socket | string> {
  const socket = tcpConnect({ host, port, localAddress: '127.0.0.1' })
  try {
    await once(socket, 'connect')
    socket.on('error', () => undefined)
    after(() => socket.destroy())
    return socket
  } catch (error) {
    return (error as NodeJS.ErrnoException).code ?? ''
  }
}

/** Whether a connection to an address is served. */
async function isServed(host: string): Promise<boolean> {
  const before = served.length
  const socket = await connect(host)
  if (typeof socket === 'string') return false
  await Promise.race([once(socket, 'close'), waitFor(() => served.length > before)])
  return served.length > before
}

async function waitFor(holds: () => boolean): Promise<void> {
  while (!holds()) await new Promise(resolve => setImmediate(resolve))
}

test('an endpoint accepts at its addresses once it is followed, and no more once it is closed', async () => {
  const endpoint = await put(endpointAt(open))
  assert.equal(await connect(open), 'ECONNREFUSED')
  assert.deepEqual(await doors.follow(endpoint), [])
  assert.ok(await isServed(open))
  assert.equal(served[0]?.door.endpoint.vpceId, endpoint.vpcEndpointId)
  assert.deepEqual([...doors.connectionCounts()], [['vpce-1a2b3c4d', 1]])
  await doors.close(endpoint)
  assert.ok(served[0]?.door.isOver)
  assert.equal(await connect(open), 'ECONNREFUSED')
  assert.deepEqual(events, [`opened ${open}`, `closed ${open}`])
})

test('an address that cannot be opened says why, and costs no other address', async () => {
  const [first] = endpointAt(open).interfaces
  const interfaces = [absent, open, '127.31.0.7'].map((ipv4, index) => ({
    ...(first ?? assert.fail()),
    networkInterfaceId: `eni-1a2b3c4${index}`,
    ipv4,
  }))
  const endpoint = await put(endpointAt(open, { interfaces }))
  assert.deepEqual(
    (await doors.follow(endpoint)).map(({ address, code }) => [address, code]),
    [
      [absent, 'AddressNotAvailable'],
      ['127.31.0.7', 'NotConfigured'],
    ],
  )
  assert.ok(await isServed(open))
})

test('a security group that the configuration does not have is said, and the others admit their clients', async () => {
  const securityGroupIds = ['sg-1a2b3c4d', 'sg-9a2b3c4d']
  const endpoint = await put(endpointAt(open, { securityGroupIds }))
  const message = `The configuration does not have sg-9a2b3c4d in the network of the endpoint, so that ${open} refuses the clients of the security group.`
  assert.deepEqual(await doors.follow(endpoint), [{ address: open, code: 'NotConfigured', message }])
  assert.ok(await isServed(open))
  assert.deepEqual(await doors.follow(await put(endpointAt(open))), [])
})

test('a port that a different program has is said', async t => {
  const program = createServer().listen(port, other)
  await once(program, 'listening')
  t.after(() => program.close())
  const endpoint = await put(endpointAt(other))
  const message = `Port ${port} on ${other} is in use by another program. Stop that program, or move all endpoints with KEYWARD_VPCE_PORT.`
  assert.deepEqual(await doors.follow(endpoint), [{ address: other, code: 'AddressInUse', message }])
  program.close()
  await once(program, 'close')
  assert.deepEqual(await doors.follow(endpoint), [])
})

test('a committed policy holds for open connections at once', async () => {
  await doors.follow(await put(endpointAt(open)))
  assert.ok(await isServed(open))
  const before = served[0]?.door.endpoint
  await put(endpointAt(open, { tags: [{ tagKey: 'a', tagValue: 'b' }] }))
  assert.equal(served[0]?.door.endpoint, before, 'the policy is the same, and stays compiled')
  await put(endpointAt(open, { policyDocument: '{"Statement":[ ]}' }))
  assert.equal(served[0]?.door.endpoint.policy, '{"Statement":[ ]}')
  assert.equal(served[0]?.door.isOver, false)
})

test('committed security groups hold for new connections at once, and end the old ones', async () => {
  await doors.follow(await put(endpointAt(open)))
  assert.ok(await isServed(open))
  await put(endpointAt(open, { securityGroupIds: ['sg-2a2b3c4d'] }))
  assert.ok(served[0]?.door.isOver)
  assert.ok(retired > 0)
  assert.equal(await isServed(open), false)
  assert.deepEqual(refused, ['vpce-1a2b3c4d group'])
  await put(endpointAt(open, { securityGroupIds: ['sg-2a2b3c4d', 'sg-1a2b3c4d'] }))
  assert.ok(await isServed(open))
})

test('a request on a connection of before gets the policy that is committed with other security groups, and later ones', async () => {
  await doors.follow(await put(endpointAt(open)))
  assert.ok(await isServed(open))
  const door = served[0]?.door
  const denied = { securityGroupIds: ['sg-2a2b3c4d'], policyDocument: '{"Statement":[ ]}' }
  await put(endpointAt(open, denied))
  assert.deepEqual([door?.isOver, door?.endpoint.policy], [true, '{"Statement":[ ]}'])
  await put(endpointAt(open, { ...denied, policyDocument: '{"Statement":[  ]}' }))
  assert.equal(door?.endpoint.policy, '{"Statement":[  ]}')
  const deleted = { ...denied, state: 'deleting', policyDocument: '{"Statement":[  ]}' } as const
  await store.write(({ vpcEndpoints }) => vpcEndpoints.delete(endpointAt(open, deleted)))
  assert.equal(door?.endpoint.policy, '{"Statement":[  ]}')
})

test('an endpoint that is being deleted admits nobody, before it is followed', async () => {
  await doors.follow(await put(endpointAt(open)))
  assert.ok(await isServed(open))
  const gone = await put(endpointAt(open, { state: 'deleting' }))
  assert.ok(served[0]?.door.isOver)
  assert.equal(await isServed(open), false)
  assert.deepEqual(refused, [])
  // A read of before the deletion opens nothing again.
  assert.deepEqual(await doors.follow(endpointAt(open)), [])
  assert.equal(await connect(open), 'ECONNREFUSED')
  await store.write(({ vpcEndpoints }) => vpcEndpoints.delete(gone))
  assert.deepEqual(await doors.follow(endpointAt(open)), [])
  assert.equal(await connect(open), 'ECONNREFUSED')
})

test('an address that went to a different endpoint is that of the new one', async () => {
  await doors.follow(await put(endpointAt(open)))
  assert.ok(await isServed(open))
  await put(endpointAt(other))
  const next = await put(endpointAt(open, { vpcEndpointId: 'vpce-2a2b3c4d' }))
  assert.deepEqual(await doors.follow(next), [])
  assert.ok(served[0]?.door.isOver)
  assert.ok(await isServed(open))
  assert.equal(served[1]?.door.endpoint.vpceId, 'vpce-2a2b3c4d')
  assert.deepEqual(await doors.follow(endpointAt(other)), [])
  assert.ok(await isServed(open), 'the new endpoint keeps the address')
})

test('an endpoint may not close the address of a different one that is not configured for it', async () => {
  await doors.follow(await put(endpointAt(open)))
  const [first] = endpointAt(open).interfaces
  const interfaces = [{ ...(first ?? assert.fail()), subnetId: 'subnet-9a2b3c4d' }]
  const stray = await put(endpointAt(open, { vpcEndpointId: 'vpce-2a2b3c4d', interfaces }))
  assert.deepEqual(
    (await doors.follow(stray)).map(({ code }) => code),
    ['NotConfigured'],
  )
  assert.ok(await isServed(open))
  assert.equal(served[0]?.door.endpoint.vpceId, 'vpce-1a2b3c4d')
})

test('the endpoints of an account take half of the connections', async () => {
  await doors.follow(await put(endpointAt(open)))
  assert.deepEqual([await isServed(open), await isServed(open), await isServed(open)], [true, true, false])
  assert.deepEqual(refused, ['vpce-1a2b3c4d full'])
  served[0]?.socket.destroy()
  await waitFor(() => doors.connectionCounts().get('vpce-1a2b3c4d') === 1)
  const next = await put(endpointAt(other, { vpcEndpointId: 'vpce-2a2b3c4d' }))
  await doors.follow(next)
  assert.deepEqual([await isServed(other), await isServed(other), await isServed(open)], [true, false, false])
})

test('the half is that of all addresses of an endpoint, and of connections that are to end', async () => {
  const [first] = endpointAt(open).interfaces
  const interfaces = [open, other].map((ipv4, index) => ({
    ...(first ?? assert.fail()),
    networkInterfaceId: `eni-1a2b3c4${index}`,
    ipv4,
  }))
  await doors.follow(await put(endpointAt(open, { interfaces })))
  assert.deepEqual([await isServed(open), await isServed(other), await isServed(other)], [true, true, false])
  await put(endpointAt(open, { interfaces, securityGroupIds: ['sg-2a2b3c4d'] }))
  assert.ok(served.every(({ door }) => door.isOver))
  assert.equal(doors.connectionCounts().get('vpce-1a2b3c4d'), 2)
  await waitFor(() => doors.connectionCounts().get('vpce-1a2b3c4d') === 0)
})

test('doors that stop accepting refuse new clients at once, and open no more', async () => {
  const endpoint = await put(endpointAt(open))
  await doors.follow(endpoint)
  assert.ok(await isServed(open))
  doors.stopAccepting()
  assert.equal(await connect(open), 'ECONNREFUSED')
  await doors.follow(endpoint)
  assert.equal(await connect(open), 'ECONNREFUSED')
})

test('closed doors open no more', async () => {
  const endpoint = await put(endpointAt(open))
  const opening = doors.follow(endpoint)
  const closing = doors.closeAll()
  await Promise.all([opening, closing])
  assert.equal(await connect(open), 'ECONNREFUSED')
})
