import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { createKey, dataKeyInput, makeRequests } from '../../bench/requests.ts'
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
