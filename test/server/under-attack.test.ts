import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { call, createKey, dataKeyInput, makeRequests } from '../../bench/requests.ts'
import { RawConnection } from '../fixtures/raw-connection.ts'
import { testServer } from '../fixtures/test-server.ts'
import { type AttackName, attacks } from './attack/attacks.ts'
import { serveHonest } from './attack/honest.ts'
import { attack, openFiles, residentMebibytes, watchMemory } from './attack/watch.ts'

// Hostile clients neither fill the memory nor keep honest clients out. The tests depend on no time; `npm run attack` measures
// how long honest clients wait.

const seconds = 1.5
const hostileConnections = 25

/** The memory that an attack of this size may cost, in MiB. */
const growthMaxMebibytes = 150

const keyward = await testServer({ environment: { KEYWARD_TLS_PORT: '0' } })
const keyId = await createKey(keyward, {})
const requests = await makeRequests(keyward, 'GenerateDataKey', dataKeyInput(keyId), 32)
const longTag = { StringEquals: { 'aws:PrincipalTag/long': 'x'.repeat(28_000) } }
const root = {
  Effect: 'Allow',
  Principal: { AWS: 'arn:aws:iam::000000000000:root' },
  Action: 'kms:*',
  Resource: '*',
}
const policy = { Version: '2012-10-17', Statement: [root, { ...root, Condition: longTag }] }
await call(keyward, 'PutKeyPolicy', { KeyId: keyId, Policy: JSON.stringify(policy) })
const [largeAnswer = Buffer.alloc(0)] = await makeRequests(
  keyward,
  'GetKeyPolicy',
  () => ({ KeyId: keyId }),
  1,
)
// The memory of a server that has just started grows by itself.
await serveHonest({ url: keyward.url, pid: undefined, requests, connections: 2, perSecond: 500, seconds: 1 })

/** Waits until the server has closed all connections of an attack. */
async function filesBack(count: number): Promise<void> {
  for (let tries = 0; openFiles(keyward.process) > count; tries++) {
    assert.ok(tries < 600, `${openFiles(keyward.process) - count} files stay open`)
    await sleep(50)
  }
}

describe('honest clients are served and the memory is bounded', {
  skip: process.platform !== 'linux',
}, () => {
  for (const name of Object.keys(attacks) as AttackName[]) {
    test(`beside the attack ${name}`, async () => {
      const files = openFiles(keyward.process)
      const memory = residentMebibytes(keyward.process)
      const endWatch = watchMemory(keyward.process)
      const url = name === 'handshakes' ? (keyward.tlsUrl ?? '') : keyward.url
      const size = { url, seconds, connections: hostileConnections, request: largeAnswer }
      const attacking = attack(name, size)
      // It throws if a request of an honest client is not answered with 200.
      const load = {
        url: keyward.url,
        pid: keyward.process.pid,
        requests,
        connections: 2,
        perSecond: 20,
        seconds,
      }
      const served = await serveHonest(load)
      const report = await attacking
      const growth = endWatch() - memory
      assert.ok(served.answered >= 2, `${served.answered} honest requests were answered`)
      assert.ok(report.opened >= hostileConnections, `the attack opened ${report.opened} connections`)
      assert.ok(growth < growthMaxMebibytes, `the memory grew by ${growth.toFixed(0)} MiB`)
      await filesBack(files)
      assert.equal(keyward.stderr(), '')
    })
  }
})

test('a client that connects after the last idle connection is answered, and the oldest idle ones give way', async () => {
  const connectionsMax = 40
  const server = await testServer({
    environment: { KEYWARD_HTTP_LIMITS: `connectionsMax=${connectionsMax}` },
  })
  const idle: RawConnection[] = []
  const busy = await RawConnection.open(server.url)
  const isAnswered = async (connection: RawConnection) => {
    connection.write('GET /healthz HTTP/1.1\r\nHost: h\r\n\r\n')
    assert.equal((await connection.read())?.status, 200)
  }
  for (let count = 0; count < 2 * connectionsMax; count++) {
    const connection = await RawConnection.open(server.url)
    // Half of them have never sent anything, and half wait for their next request.
    if (count % 2 === 0) await isAnswered(connection)
    idle.push(connection)
    if (count % 10 === 0) await isAnswered(busy)
  }
  const late = await RawConnection.open(server.url)
  await isAnswered(late)
  await isAnswered(busy)
  for (const connection of idle.slice(0, connectionsMax)) await connection.readToEnd()
  assert.deepEqual(
    idle.slice(connectionsMax + 2).filter(({ isEnded }) => isEnded),
    [],
  )
  for (const connection of [...idle, busy, late]) connection.destroy()
})
