import assert from 'node:assert/strict'
import { mkdtempSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { withoutBlocks } from '../../../test/fixtures/audit/audit-chain.ts'
import { SmallDisk } from '../../../test/fixtures/small-disk.ts'
import { AuditLog } from './audit-log.ts'

// The audit log on a disk that is really full.

const disk = new SmallDisk('the audit log on a full disk', { file: import.meta.filename, size: '6m' })

const day = Date.parse('2026-11-24T12:00:00Z')
const dayMillis = 86_400_000

/** A log in a directory of its own, and what it has reported. */
async function openLog() {
  const directory = mkdtempSync(join(disk.path, 'audit-'))
  const clock = { time: day, now: () => clock.time }
  const reported = { failures: [] as string[], recovered: [] as number[] }
  const open = () =>
    AuditLog.open(directory, clock, {
      failed: error => reported.failures.push((error as NodeJS.ErrnoException).code ?? String(error)),
      recovered: dropped => reported.recovered.push(dropped),
    })
  const text = () =>
    readdirSync(directory)
      .sort()
      .map(name => withoutBlocks(readFileSync(join(directory, name), 'utf8')))
      .join('')
  return { log: await open(), open, clock, reported, text }
}

async function until(what: string, isSo: () => boolean, deadlineMillis = 60_000): Promise<void> {
  for (let waited = 0; !isSo(); waited += 20) {
    assert.ok(waited < deadlineMillis, `${what} did not happen`)
    await sleep(20)
  }
}

const lineNo = (number: number) => JSON.stringify({ number, filling: 'x'.repeat(500) })
const linesUpTo = (count: number) =>
  Array.from({ length: count }, (_, number) => `${lineNo(number)}\n`).join('')

disk.test(
  'the log keeps resolved lines, and writes refused lines once and in order when there is space',
  async () => {
    const { log, reported, text } = await openLog()
    disk.fill(40_000)
    let resolved = 0
    let count = 0
    for (; !log.isFailing; count++) {
      assert.ok(count < 1000, 'the disk does not fill up')
      await log.append(lineNo(count)).then(
        () => resolved++,
        error => assert.equal(error.code, 'ENOSPC'),
      )
    }
    assert.ok(resolved > 10)
    assert.deepEqual(reported, { failures: ['ENOSPC'], recovered: [] })
    // The failing log refuses lines, retries in vain, and keeps the lines that it has resolved.
    await assert.rejects(log.append(lineNo(count++)))
    await sleep(2200)
    await assert.rejects(log.append(lineNo(count++)))
    assert.equal(log.isFailing, true)
    assert.ok(text().startsWith(linesUpTo(resolved)))
    disk.free()
    await until('recovery', () => !log.isFailing)
    assert.deepEqual(reported, { failures: ['ENOSPC'], recovered: [0] })
    await log.append(lineNo(count++))
    assert.equal(text(), linesUpTo(count))
    await log.close()
  },
)

disk.test('a crash on a full disk leaves whole records', async () => {
  const { log, open, text } = await openLog()
  disk.fill(40_000)
  const appends = Array.from({ length: 200 }, (_, number) => log.append(lineNo(number)))
  await Promise.allSettled(appends)
  assert.equal(log.isFailing, true)
  assert.notEqual(text().at(-1), '\n', 'nothing is torn, so there is nothing to cut')
  // A log that opens now finds the file that a crash of the first log would have left.
  const next = await open()
  const whole = text().split('\n').length - 1
  assert.equal(text(), linesUpTo(whole))
  await log.close()
  await next.close()
  disk.free()
})

disk.test(
  'a full disk refuses all of many callers at once, and a change of the day does not prevent recovery',
  async () => {
    const { log, clock, reported, text } = await openLog()
    await log.append(lineNo(0))
    disk.fill(4096)
    clock.time = day + dayMillis
    const appends = Array.from({ length: 300 }, (_, index) => log.append(lineNo(index + 1)))
    const outcomes = await Promise.allSettled(appends)
    assert.ok(outcomes.every(({ status }) => status === 'rejected'))
    assert.equal(reported.failures.length, 1)
    clock.time += dayMillis
    disk.free()
    await until('recovery', () => !log.isFailing)
    await log.append(lineNo(301))
    assert.equal(text(), linesUpTo(302))
    await log.close()
  },
)

disk.test('the log fails and recovers again and again', async () => {
  const { log, reported, text } = await openLog()
  let count = 0
  for (let round = 1; round <= 2; round++) {
    disk.fill(5000)
    while (!log.isFailing) await log.append(lineNo(count++)).catch(() => undefined)
    disk.free()
    // Callers do not stop asking while it recovers.
    while (log.isFailing) {
      await log.append(lineNo(count++)).catch(() => undefined)
      await sleep(5)
    }
    assert.equal(reported.recovered.length, round)
  }
  await log.append(lineNo(count++))
  assert.equal(text(), linesUpTo(count))
  await log.close()
})

disk.test('the log drops and counts the lines that are too much to keep', async () => {
  const { log, reported, text } = await openLog()
  disk.fill(0)
  const long = (number: number) => JSON.stringify({ number, filling: 'x'.repeat(1_000_000) })
  for (let number = 0; number < 6; number++) await assert.rejects(log.append(long(number)))
  disk.free()
  await until('recovery', () => !log.isFailing)
  const [dropped] = reported.recovered
  assert.ok(dropped !== undefined && dropped > 0 && dropped < 6, `dropped ${dropped}`)
  const kept = Array.from({ length: 6 - dropped }, (_, number) => `${long(number)}\n`).join('')
  assert.equal(text().length, kept.length)
  assert.ok(text() === kept)
  await log.close()
})
