import assert from 'node:assert/strict'
import { cpSync, readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Worker } from 'node:worker_threads'
import { checkChain } from '../../../test/fixtures/audit/audit-chain.ts'
import {
  newPlace,
  openChained,
  publicKeyPem,
  record,
  work,
} from '../../../test/fixtures/audit/chained-log.ts'

async function until(what: string, isSo: () => boolean): Promise<void> {
  for (let waited = 0; !isSo(); waited += 10) {
    assert.ok(waited < 30_000, `${what} did not happen`)
    await sleep(10)
  }
}

test('block lines and heads have the chain of the bytes, through parts of files, days and restarts', async t => {
  const place = newPlace(t)
  for (let start = 0; start < 3; start++) {
    const opened = await openChained(place, { fileSizeMaxBytes: 150_000 })
    await work({ ...opened, ...place }, 600, start * 600)
    place.clock.time += 86_400_000
    await work({ ...opened, ...place }, 100)
    await opened.close()
    assert.deepEqual(opened.failures, [])
    const { sealed, heads } = checkChain(place.directory, publicKeyPem)
    assert.ok(heads > start, `${heads} heads`)
    assert.equal(sealed, opened.seals.at(-1)?.sealed)
    assert.ok(sealed >= 11 * (start + 1), `${sealed} blocks`)
  }
  const names = readdirSync(place.directory)
  assert.ok(names.includes('keyward-2026-11-25.jsonl') && names.includes('keyward-2026-11-24.p0001.jsonl'))
})

test('a crash leaves a log whose chain goes on, whatever part of it was sealed', async t => {
  let place = newPlace(t)
  for (let crash = 0; crash < 8; crash++) {
    const opened = await openChained(place, { fileSizeMaxBytes: 400_000 })
    await work({ ...opened, ...place }, 100 * (crash + 1))
    if (crash % 2 === 0) await opened.follower.drain()
    // A crash closes nothing.
    const left = newPlace(t)
    cpSync(place.directory, left.directory, { recursive: true })
    left.clock.time = place.clock.time
    await opened.close()
    place = left
  }
  const opened = await openChained(place)
  await work({ ...opened, ...place }, 100)
  await opened.close()
  assert.equal(checkChain(place.directory, publicKeyPem).sealed, opened.seals.at(-1)?.sealed)
})

test('the thread starts when there is much to do, and one that ends is replaced', async t => {
  const place = newPlace(t)
  const workers: Worker[] = []
  const note = (worker: Worker) => workers.push(worker)
  process.on('worker', note)
  t.after(() => process.off('worker', note))
  const opened = await openChained(place)
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
  const opened = await openChained(place, { fileSizeMaxBytes: 8 * 1024 * 1024 })
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
  const opened = await openChained(place)
  await opened.log.append(record(1))
  await until('a head', () => checkChain(place.directory).heads === 1)
  // The bytes are in the file before the log has heard of it.
  const { file } = opened.log.position
  const sizeBytes = () => statSync(join(place.directory, file)).size
  await until('the end of the write', () => opened.log.position.offset === sizeBytes())
  const before = opened.log.position
  await sleep(4000)
  assert.deepEqual(opened.log.position, before)
  await opened.close()
  assert.deepEqual(checkChain(place.directory, publicKeyPem).heads, 1)
})
