import assert from 'node:assert/strict'
import { generateKeyPairSync, sign } from 'node:crypto'
import { cpSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Worker } from 'node:worker_threads'
import { checkChain } from '../../../test/fixtures/audit/audit-chain.ts'
import { sha256Hex } from '../../std/index.ts'
import type { Seal } from '../chain/chain.ts'
import { ChainKeeper } from '../chain/chain-keeper.ts'
import { AuditLog } from '../log/audit-log.ts'
import { Follower } from './follower.ts'

const noon = Date.parse('2026-11-24T12:00:00Z')
const { publicKey, privateKey } = generateKeyPairSync('ed25519')
const publicKeyPem = publicKey.export({ type: 'spki', format: 'pem' }).toString()
const key = sha256Hex(publicKey.export({ type: 'spki', format: 'der' }))

/** A directory for a log, and a clock for it. */
function newPlace(t: TestContext) {
  const directory = mkdtempSync(join(tmpdir(), 'keyward-follower-'))
  t.after(() => rmSync(directory, { recursive: true }))
  const clock = { time: noon, now: () => clock.time }
  return { directory, clock }
}

/** Opens a log with its follower and its heads, as a server does. */
async function open(
  { directory, clock }: ReturnType<typeof newPlace>,
  { fileSizeMaxBytes = 1e9, intervalMillis = 50 } = {},
) {
  const failures: unknown[] = []
  const onFailure = (error: unknown) => failures.push(error)
  const log = await AuditLog.open(
    directory,
    clock,
    { failed: onFailure, recovered: () => undefined },
    {
      isChained: true,
      fileSizeMaxBytes,
      written(batch) {
        follower.feed(batch)
        keeper.wrote()
      },
    },
  )
  const { blocks } = log
  assert.ok(blocks !== undefined)
  const seals: Seal[] = []
  const follower = Follower.open({
    ...{ directory, stream: blocks.stream, sealed: blocks.sealed, onFailure },
    onSealed: seal => {
      seals.push(seal)
      keeper.sealed(seal)
    },
  })
  const signer = {
    prepare: () => Promise.resolve(),
    sign: (text: string) => Promise.resolve({ key, signature: sign(null, Buffer.from(text), privateKey) }),
  }
  const keeper = new ChainKeeper({ log, follower, signer, clock, intervalMillis, onFailure })
  const close = async () => {
    await keeper.close()
    await follower.close()
    await log.close()
  }
  return { log, follower, seals, failures, close }
}

const record = (number: number, sizeBytes = 600) =>
  JSON.stringify({ eventVersion: '1.11', eventName: 'Decrypt', number, filling: 'é'.repeat(sizeBytes / 2) })

/** Appends records while the clock goes on, so that blocks begin. */
async function work(
  { log, clock }: { log: AuditLog; clock: { time: number } },
  count: number,
  from = 0,
): Promise<void> {
  for (let number = from; number < from + count; number += 20) {
    await Promise.all(Array.from({ length: 20 }, (_, index) => log.append(record(number + index))))
    clock.time += 70
  }
}

async function until(what: string, isSo: () => boolean): Promise<void> {
  for (let waited = 0; !isSo(); waited += 10) {
    assert.ok(waited < 30_000, `${what} did not happen`)
    await sleep(10)
  }
}

test('block lines and heads have the chain of the bytes, through parts of files, days and restarts', async t => {
  const place = newPlace(t)
  for (let start = 0; start < 3; start++) {
    const opened = await open(place, { fileSizeMaxBytes: 150_000 })
    await work({ ...opened, ...place }, 600, start * 600)
    place.clock.time += 86_400_000
    await work({ ...opened, ...place }, 100)
    await opened.close()
    assert.deepEqual(opened.failures, [])
    const { sealed, heads } = checkChain(place.directory, publicKeyPem)
    assert.ok(heads > start, `${heads} heads`)
    assert.equal(sealed, opened.seals.at(-1)?.block)
    assert.ok(sealed >= 11 * (start + 1), `${sealed} blocks`)
  }
  const names = readdirSync(place.directory)
  assert.ok(names.includes('keyward-2026-11-25.jsonl') && names.includes('keyward-2026-11-24.p0001.jsonl'))
})

test('a crash leaves a log whose chain goes on, whatever part of it was sealed', async t => {
  let place = newPlace(t)
  for (let crash = 0; crash < 8; crash++) {
    const opened = await open(place, { fileSizeMaxBytes: 400_000 })
    await work({ ...opened, ...place }, 100 * (crash + 1))
    if (crash % 2 === 0) await opened.follower.drain()
    // A crash closes nothing.
    const left = newPlace(t)
    cpSync(place.directory, left.directory, { recursive: true })
    left.clock.time = place.clock.time
    await opened.close()
    place = left
  }
  const opened = await open(place)
  await work({ ...opened, ...place }, 100)
  await opened.close()
  assert.equal(checkChain(place.directory, publicKeyPem).sealed, opened.seals.at(-1)?.block)
})

test('the thread starts when there is much to do, and one that ends is replaced', async t => {
  const place = newPlace(t)
  const workers: Worker[] = []
  const note = (worker: Worker) => workers.push(worker)
  process.on('worker', note)
  t.after(() => process.off('worker', note))
  const opened = await open(place)
  await work({ ...opened, ...place }, 100)
  assert.equal(workers.length, 0)
  for (let thread = 1; thread <= 4; thread++) {
    await work({ ...opened, ...place }, 1000)
    await until('a thread', () => workers.length === thread)
    await until('a seal', () => opened.seals.length > 0)
    // It ends at any moment of its work.
    await sleep(thread * 15)
    await workers.at(-1)?.terminate()
    opened.seals.length = 0
  }
  await work({ ...opened, ...place }, 1000)
  await opened.close()
  assert.ok(opened.failures.length >= 4)
  const { sealed } = checkChain(place.directory, publicKeyPem)
  assert.ok(sealed >= 70, `${sealed} blocks`)
})

test('a thread that falls behind reads the files, and holds no more than its limit', async t => {
  const place = newPlace(t)
  const opened = await open(place, { fileSizeMaxBytes: 8 * 1024 * 1024 })
  // The event loop is busy with the appends, so the thread gets little.
  for (let round = 0; round < 60; round++) {
    await Promise.all(Array.from({ length: 100 }, (_, number) => opened.log.append(record(number, 10_000))))
    place.clock.time += 50
  }
  await opened.close()
  assert.deepEqual(opened.failures, [])
  assert.ok(checkChain(place.directory, publicKeyPem).sealed > 20)
})

test('a log that rests writes no more than the line of a block and a head', async t => {
  const place = newPlace(t)
  const opened = await open(place)
  await opened.log.append(record(1))
  await until('a head', () => checkChain(place.directory).heads === 1)
  const before = opened.log.position
  await sleep(4000)
  assert.deepEqual(opened.log.position, before)
  await opened.close()
  assert.deepEqual(checkChain(place.directory, publicKeyPem).heads, 1)
})
