import assert from 'node:assert/strict'
import { cpSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { readLogLines } from '../../../test/fixtures/audit/audit-chain.ts'
import { newPlace, openChained, work } from '../../../test/fixtures/audit/chained-log.ts'
import { renderLogEvent } from '../record/log-event.ts'
import { verifyLog } from '../verify/verify-log.ts'
import { deletionEventName, type FileDeletion } from './deletion.ts'
import { deleteDueFiles, type RetentionLimits } from './retention.ts'

const dayMillis = 86_400_000
type Place = ReturnType<typeof newPlace>
type Opened = Awaited<ReturnType<typeof openChained>>

const verified = async ({ directory }: Place) =>
  await verifyLog({ directory, findSignatureFault: () => undefined, witnessed: [] })

/** Deletes what is due, as a server does. */
function retain({ directory, clock }: Place, { log }: Opened, limits: Partial<RetentionLimits>, more = {}) {
  return deleteDueFiles({
    directory,
    limits: { days: undefined, sizeBytes: undefined, ...limits },
    now: clock.time,
    sealed: log.blocks.sealed.sealed,
    mayDelete: () => true,
    record: ({ file, from = '', to = '', sealed, chain, records }: FileDeletion) =>
      log.append(
        renderLogEvent({
          ...{ eventId: 'e', time: clock.time, eventName: deletionEventName },
          ...{ region: 'us-east-1', accountId: '000000000000' },
          serviceEventDetails: { file, from, to, sealed, chain, records },
        }),
      ),
    ...more,
  })
}

/** A log of days. Each has the chain in its lines. */
async function logOfDays(place: Place, days: number, options = {}): Promise<Opened> {
  const opened = await openChained(place, options)
  for (let day = 0; day < days; day++) {
    if (day > 0) place.clock.time += dayMillis
    for (let step = 0; step < 3; step++) {
      await work({ ...opened, ...place }, 60, day * 180 + step * 60)
      await opened.follower.drain()
    }
  }
  return opened
}

const namesIn = ({ directory }: Place) => readdirSync(directory).sort()

test('files that are too old are deleted whole and on record, and the rest verifies', async t => {
  const place = newPlace(t)
  const opened = await logOfDays(place, 5)
  const before = namesIn(place)
  assert.deepEqual(await retain(place, opened, { days: 10 }), [])
  assert.deepEqual(await retain(place, opened, { days: 2 }), before.slice(0, 2))
  assert.deepEqual(namesIn(place), before.slice(2))
  await opened.follower.drain()
  const records = readLogLines(place.directory).filter(line => line.includes('DeleteAuditLog'))
  assert.deepEqual(
    records.map(line => JSON.parse(line).serviceEventDetails.file),
    before.slice(0, 2),
  )
  const found = await verified(place)
  assert.equal(found.fault, undefined)
  assert.equal(found.records, 3 * 180 + 2)
  // A file more that is missing has no record.
  assert.equal((await retain(place, opened, { days: 2 })).length, 0)
  await opened.close()
  const again = await openChained(place)
  await work({ ...again, ...place }, 40)
  await again.close()
  assert.equal((await verified(place)).fault, undefined)
})

test('a check beside a server whose retention deletes files finds no fault', async t => {
  const place = newPlace(t)
  const opened = await logOfDays(place, 4)
  await opened.log.closeBlock()
  await opened.follower.drain()
  await sleep(1500)
  const beside = newPlace(t)
  cpSync(place.directory, beside.directory, { recursive: true })
  const [gone = '', next = ''] = namesIn(place)
  await retain(place, opened, { days: 1 })
  assert.ok(!namesIn(place).includes(next))
  let deletes = true
  const found = await verifyLog({
    directory: beside.directory,
    findSignatureFault: () => {
      // The check has read a part of the first file.
      if (deletes) {
        cpSync(place.directory, beside.directory, { recursive: true })
        for (const name of [gone, next]) rmSync(join(beside.directory, name))
      }
      deletes = false
      return undefined
    },
    witnessed: [],
  })
  assert.equal(deletes, false)
  assert.equal(found.fault, undefined)
  await opened.close()
})

test('the oldest files are deleted until the log has its size, and the last one always stays', async t => {
  const place = newPlace(t)
  const opened = await logOfDays(place, 3, { fileSizeMaxBytes: 60_000 })
  const before = namesIn(place)
  const sizeOf = (names: string[]) =>
    names.reduce((sum, name) => sum + statSync(join(place.directory, name)).size, 0)
  // Heads that are signed meanwhile make the last file larger, but by less than a file.
  const sizeBytes = sizeOf(before.slice(-3)) + 10_000
  assert.deepEqual(await retain(place, opened, { sizeBytes }), before.slice(0, -3))
  assert.equal((await verified(place)).fault, undefined)
  await opened.log.closeBlock()
  await opened.follower.drain()
  await retain(place, opened, { sizeBytes: 1, days: 1 })
  assert.equal(namesIn(place).length, 1)
  assert.equal((await verified(place)).fault, undefined)
  await opened.close()
})

test('a file stays while its end is not sealed, or while somebody needs it', async t => {
  const place = newPlace(t)
  const opened = await logOfDays(place, 3)
  const before = namesIn(place)
  assert.deepEqual(await retain(place, opened, { sizeBytes: 1 }, { sealed: 0 }), [])
  const mayDelete = (file: string) => file !== before[1]
  assert.deepEqual(await retain(place, opened, { sizeBytes: 1 }, { mayDelete }), before.slice(0, 1))
  // A record that cannot be written deletes nothing.
  const record = () => Promise.reject(new Error('disk full'))
  await assert.rejects(retain(place, opened, { sizeBytes: 1 }, { record }))
  assert.deepEqual(namesIn(place), before.slice(1))
  await opened.close()
})

test('a deletion that was recorded and did not happen leaves a log that verifies', async t => {
  const place = newPlace(t)
  const opened = await logOfDays(place, 4)
  await retain(place, opened, { days: 2 })
  const [file = ''] = namesIn(place)
  const text = readFileSync(join(place.directory, file), 'utf8')
  const died = () =>
    opened.log
      .append('{"eventVersion":"1.11","eventName":"Other"}')
      .then(() => Promise.reject(new Error('killed')))
  await assert.rejects(retain(place, opened, { sizeBytes: 1 }, { record: died }))
  assert.equal(readFileSync(join(place.directory, file), 'utf8'), text)
  await opened.close()
  assert.equal((await verified(place)).fault, undefined)
})

test('the retention goes on when a block names a chain of before a file that is deleted already', async t => {
  const place = newPlace(t)
  const opened = await openChained(place)
  // Nothing is sealed for days, so that the first block of each file names a chain of the first day.
  for (let day = 0; day < 8; day++) {
    if (day > 0) place.clock.time += dayMillis
    await work({ ...opened, ...place }, 3, day * 3)
  }
  await opened.follower.drain()
  const names = namesIn(place)
  assert.deepEqual(await retain(place, opened, { days: 5 }), names.slice(0, 2))
  assert.deepEqual(await retain(place, opened, { days: 3 }), names.slice(2, 4))
  assert.deepEqual(await retain(place, opened, { days: 1 }), names.slice(4, 6))
  await opened.close()
  assert.equal((await verified(place)).fault, undefined)
})

test('a file that a server left empty is deleted in its turn, and does not hold up the others', async t => {
  const place = newPlace(t)
  const opened = await logOfDays(place, 4)
  const before = namesIn(place)
  // A server that is killed before its first write leaves the file that it has begun.
  const empty = before[0]?.replace('.jsonl', '.p0001.jsonl') ?? ''
  writeFileSync(join(place.directory, empty), '')
  assert.deepEqual(await retain(place, opened, { days: 2 }), [before[0], empty])
  assert.equal((await verified(place)).fault, undefined)
  await opened.close()
  assert.equal((await verified(place)).fault, undefined)
})
