import assert from 'node:assert/strict'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { checkChain, readLogLines } from '../fixtures/audit/audit-chain.ts'
import { administratorOf } from '../fixtures/clients.ts'
import { runKeyward, startKeyward, temporaryDirectory } from '../fixtures/keyward-process.ts'
import { type Send, Unacknowledged, Witness } from '../fixtures/witness.ts'

// A server is killed (kill -9) under load, many times on one data directory. Every acknowledged change is there, with
// exactly one audit record, and the chain of the log has no fault. A witness has the heads of all rounds.

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

/** Checks the chain of the log that a kill left, and puts its heads into a file as a witness does. */
async function checkLeftLog(dataDirectory: string, witnessFile: string): Promise<void> {
  const directory = join(dataDirectory, 'audit')
  writeFileSync(
    witnessFile,
    readLogLines(directory, { mayBeTorn: true })
      .filter(line => line.startsWith('{"auditHead":'))
      .map(line => `${line}\n`)
      .join(''),
  )
  const { code, stdout } = await runKeyward([
    ...['audit', 'verify', '--data-dir', dataDirectory],
    ...['--witness', witnessFile],
  ])
  assert.equal(code, 0, stdout)
}

test('acknowledged changes survive kill -9 under load, with exactly one audit record each', {
  timeout: 240_000,
}, async t => {
  const dataDirectory = temporaryDirectory()
  let keyward = await startKeyward({ dataDirectory })
  t.after(() => keyward.kill())
  const witness = new Witness(administratorOf(keyward))
  const witnessFile = join(temporaryDirectory(), 'heads')
  writeFileSync(witnessFile, '')
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
      await checkLeftLog(dataDirectory, witnessFile)
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
    await checkLeftLog(dataDirectory, witnessFile)
    const publicKey = readFileSync(join(dataDirectory, 'audit-heads.pem'), 'utf8')
    const { sealed, heads } = checkChain(join(dataDirectory, 'audit'), publicKey)
    assert.ok(sealed > rounds && heads > 1, `${sealed} blocks, ${heads} heads`)
    assert.ok(witness.calls.length > rounds * clientsPerRound, 'that was no load')
  })
})
