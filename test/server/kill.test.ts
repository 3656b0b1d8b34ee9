import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { administratorOf } from '../fixtures/clients.ts'
import { startKeyward, temporaryDirectory } from '../fixtures/keyward-process.ts'
import { type Send, Unacknowledged, Witness } from '../fixtures/witness.ts'

// A server is killed (kill -9) under load, many times on one data directory. Every acknowledged change is there, with
// exactly one audit record.

const rounds = 12
const clientsPerRound = 8
const killedAfterMillis = { min: 100, max: 900 }

/** Works until the server is gone. */
async function workUntilKilled(witness: Witness, send: Send): Promise<void> {
  try {
    for (;;) await witness.work(send)
  } catch (error) {
    if (!(error instanceof Unacknowledged)) throw error
  }
}

test('acknowledged changes survive kill -9 under load, with exactly one audit record each', {
  timeout: 120_000,
}, async t => {
  const dataDirectory = temporaryDirectory()
  let keyward = await startKeyward({ dataDirectory })
  t.after(() => keyward.kill())
  const witness = new Witness(administratorOf(keyward))
  for (let round = 1; round <= rounds; round++) {
    const { min, max } = killedAfterMillis
    const delayMillis = min + Math.random() * (max - min)
    await t.test(`round ${round}: killed after ${delayMillis.toFixed()} ms`, async () => {
      const before = witness.keys.length
      const send = witness.client(keyward)
      const clients = Array.from({ length: clientsPerRound }, () => workUntilKilled(witness, send))
      await sleep(delayMillis)
      await keyward.kill()
      await Promise.all(clients)
      keyward = await startKeyward({ dataDirectory })
      await witness.checkKeys(witness.client(keyward), witness.keys.slice(before))
      await witness.checkLog(witness.client(keyward), dataDirectory)
    })
  }
  await t.test('after the last round everything is there', async () => {
    await witness.checkKeys(witness.client(keyward))
    await witness.checkLog(witness.client(keyward), dataDirectory)
    assert.equal(await keyward.stop(), 0)
    assert.equal(keyward.stderr(), '')
    assert.ok(witness.calls.length > rounds * clientsPerRound, 'that was no load')
  })
})
