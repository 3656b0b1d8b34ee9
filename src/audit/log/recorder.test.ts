import assert from 'node:assert/strict'
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { withoutBlocks } from '../../../test/fixtures/audit/audit-chain.ts'
import { openTestStore } from '../../../test/fixtures/test-store.ts'
import type { Store } from '../../store/index.ts'
import { AuditLog } from './audit-log.ts'
import { Recorder } from './recorder.ts'

const now = Date.parse('2026-11-24T12:00:00Z')

let directory: string
let logs: string
let store: Store
beforeEach(async () => {
  directory = mkdtempSync(join(tmpdir(), 'keyward-recorder-'))
  logs = join(directory, 'audit')
  mkdirSync(logs)
  store = await openTestStore(join(directory, 'keyward.db'))
})
afterEach(async () => {
  await store.close()
  rmSync(directory, { recursive: true })
})

async function openRecorder(): Promise<Recorder> {
  const log = await AuditLog.open(
    logs,
    { now: () => now },
    { failed: () => undefined, recovered: () => undefined },
  )
  return await Recorder.open(log, {
    list: () => store.reader.outbox.list(),
    delete: eventIds => store.write(writer => writer.outbox.delete(eventIds)),
  })
}

const nameOf = (day: number) => `keyward-2026-11-${day}.jsonl`
const lineOf = (id: string) => `{"eventName":"CreateKey","eventID":"${id}"}`
const leaveLog = (day: number, ...lines: string[]) =>
  writeFileSync(join(logs, nameOf(day)), lines.map(line => `${line}\n`).join(''))
/** Commits records to the outbox as changes do; the first is the oldest. */
const commit = (...ids: string[]) => commitAt(now, ...ids)
const commitAt = (time: number, ...ids: string[]) =>
  store.write(async writer => {
    for (const [index, id] of ids.entries()) {
      await writer.outbox.insert({ eventId: id, recordedAt: time + index, line: lineOf(id) })
    }
  })
const outbox = async () => (await store.reader.outbox.list()).map(record => record.eventId)
/** All records of all days. */
const logged = () =>
  readdirSync(logs)
    .sort()
    .flatMap(name => withoutBlocks(readFileSync(join(logs, name), 'utf8')).split('\n'))
    .filter(line => line !== '')

test('records that a crash kept out of the log are logged at the next start, once', async () => {
  await commit('a', 'b', 'c')
  leaveLog(24, lineOf('x'))
  for (let start = 0; start < 3; start++) {
    const recorder = await openRecorder()
    assert.deepEqual(await outbox(), [])
    await recorder.close()
  }
  assert.deepEqual(logged(), ['x', 'a', 'b', 'c'].map(lineOf))
})

test('records that are in the log are not logged again', async () => {
  await commit('a', 'b', 'c', 'd')
  leaveLog(23, lineOf('a'), lineOf('x'))
  leaveLog(24, lineOf('c'))
  const recorder = await openRecorder()
  await recorder.close()
  assert.deepEqual(logged(), ['a', 'x', 'c', 'b', 'd'].map(lineOf))
  assert.deepEqual(await outbox(), [])
})

test('a record that a crash tore is logged again as a whole', async () => {
  await commit('a', 'b')
  writeFileSync(join(logs, nameOf(24)), `${lineOf('a')}\n${lineOf('b')}`)
  const recorder = await openRecorder()
  await recorder.close()
  assert.deepEqual(logged(), ['a', 'b'].map(lineOf))
})

test('a record that waited while the server ran for days is not logged again', async () => {
  // A record that the log got late, after a full disk, stays in the outbox until a restart.
  await commitAt(Date.parse('2026-11-20T12:00:00Z'), 'a')
  leaveLog(20, lineOf('a'))
  for (const day of [21, 22, 23]) leaveLog(day, lineOf(`x${day}`))
  const recorder = await openRecorder()
  await recorder.close()
  assert.deepEqual(logged(), ['a', 'x21', 'x22', 'x23'].map(lineOf))
})

test('a record whose id only appears inside a different record does not count as logged', async () => {
  await commit('a')
  leaveLog(24, JSON.stringify({ userAgent: '"eventID":"a"', eventID: 'b' }))
  const recorder = await openRecorder()
  await recorder.close()
  assert.equal(logged().filter(line => line === lineOf('a')).length, 1)
})

test('many records are logged at once', async () => {
  const ids = Array.from({ length: 3000 }, (_, index) => `id-${index}`)
  await commit(...ids)
  const recorder = await openRecorder()
  await recorder.close()
  assert.deepEqual(logged(), ids.map(lineOf))
  assert.deepEqual(await outbox(), [])
})

test('a logged record leaves the outbox a little later', async () => {
  const recorder = await openRecorder()
  await commit('a', 'b', 'c')
  await recorder.appendCommitted('a', lineOf('a'))
  await recorder.appendCommitted('b', lineOf('b'))
  assert.deepEqual(logged(), ['a', 'b'].map(lineOf))
  await recorder.append(lineOf('read'))
  assert.deepEqual(await outbox(), ['a', 'b', 'c'])
  for (let waited = 0; (await outbox()).length > 1 && waited < 60_000; waited += 50) await sleep(50)
  assert.deepEqual(await outbox(), ['c'])
  await recorder.close()
})

test('close takes the logged records out of the outbox', async () => {
  const recorder = await openRecorder()
  await commit('a', 'b')
  await recorder.appendCommitted('a', lineOf('a'))
  await recorder.close()
  assert.deepEqual(await outbox(), ['b'])
})

test('a crash before the outbox is cleared duplicates no record', async () => {
  const crashed = await openRecorder()
  await commit('a', 'b')
  await crashed.appendCommitted('a', lineOf('a'))
  const recorder = await openRecorder()
  await recorder.close()
  assert.deepEqual(logged(), ['a', 'b'].map(lineOf))
  await crashed.close()
})

// The memory of a process is a file whose first page cannot be written: the system returns a real EIO.
const memory = '/proc/self/mem'
test('a record that cannot be logged stays in the outbox', {
  skip: !existsSync(memory) && `no ${memory}`,
}, async () => {
  const path = join(logs, nameOf(24))
  symlinkSync(memory, path)
  const recorder = await openRecorder()
  await commit('a')
  await assert.rejects(recorder.appendCommitted('a', lineOf('a')), { code: 'EIO' })
  assert.equal(recorder.isFailing, true)
  await recorder.close()
  assert.deepEqual(await outbox(), ['a'])
  // A start that cannot log the record keeps it there too.
  await assert.rejects(openRecorder(), { code: 'EIO' })
  assert.deepEqual(await outbox(), ['a'])
  rmSync(path)
  const repaired = await openRecorder()
  await repaired.close()
  assert.deepEqual(logged(), [lineOf('a')])
  assert.deepEqual(await outbox(), [])
})

test('at the level written, a record stays in the outbox until it is synced', {
  skip: !existsSync('/dev/null') && 'no /dev/null',
}, async () => {
  const path = join(logs, nameOf(24))
  const open = async () => {
    const events = { failed: () => undefined, recovered: () => undefined }
    const log = await AuditLog.open(logs, { now: () => now }, events, { durability: 'written' })
    return await Recorder.open(log, {
      list: () => store.reader.outbox.list(),
      delete: eventIds => store.write(writer => writer.outbox.delete(eventIds)),
    })
  }
  // This file takes every write, and no sync of it succeeds.
  symlinkSync('/dev/null', path)
  const recorder = await open()
  await commit('a')
  await recorder.appendCommitted('a', lineOf('a'))
  await recorder.close()
  assert.deepEqual(await outbox(), ['a'])
  rmSync(path)
  const repaired = await open()
  await repaired.close()
  assert.deepEqual(logged(), [lineOf('a')])
  assert.deepEqual(await outbox(), [])
})
