import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmSync, statfsSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { AuditLog } from './audit-log.ts'

// A disk that is really full: this file runs itself again in a namespace in which it can mount a small disk.

function runOnSmallDisk(t: { skip(message: string): void }): void {
  const mountPoint = mkdtempSync(join(tmpdir(), 'keyward-disk-'))
  try {
    const mount = ['-Urm', 'mount', '-t', 'tmpfs', '-o', 'size=1m', 'tmpfs', mountPoint]
    if (spawnSync('unshare', mount).status !== 0) {
      t.skip('unshare -Urm, for a disk of its own, is not permitted here')
      return
    }
    const script = 'mount -t tmpfs -o size=6m tmpfs "$1" && exec "$2" "$3" "$1"'
    const args = ['-Urm', 'sh', '-ec', script, 'sh', mountPoint, process.execPath, import.meta.filename]
    const { NODE_TEST_CONTEXT: _, ...env } = process.env
    const { status, stdout, stderr } = spawnSync('unshare', args, { env, encoding: 'utf8' })
    assert.equal(status, 0, stdout + stderr)
    assert.match(stdout, /pass [1-9]/)
  } finally {
    rmSync(mountPoint, { recursive: true })
  }
}

const day = Date.parse('2026-11-24T12:00:00Z')
const dayMillis = 86_400_000

/** A log in a directory of its own, and the events that it reported. */
async function openLog(parent: string) {
  const directory = mkdtempSync(join(parent, 'audit-'))
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
      .map(name => readFileSync(join(directory, name), 'utf8'))
      .join('')
  return { log: await open(), open, clock, reported, text }
}

/** Fills the disk except for `leftBytes`. Returns a function that frees the space again. */
function fillDisk(mountPoint: string, leftBytes: number): () => void {
  const path = join(mountPoint, 'filling')
  const { bavail, bsize } = statfsSync(mountPoint)
  writeFileSync(path, Buffer.alloc(Math.max(0, bavail * bsize - leftBytes)))
  return () => rmSync(path)
}

async function until(what: string, isSo: () => boolean, deadlineMillis = 60_000): Promise<void> {
  for (let waited = 0; !isSo(); waited += 20) {
    assert.ok(waited < deadlineMillis, `${what} did not come`)
    await sleep(20)
  }
}

const lineNo = (number: number) => JSON.stringify({ number, filling: 'x'.repeat(500) })
const linesUpTo = (count: number) =>
  Array.from({ length: count }, (_, number) => `${lineNo(number)}\n`).join('')

/** The tests, by title. Each gets the mount point of the small disk. */
const testsOnSmallDisk: Record<string, (mountPoint: string) => Promise<void>> = {
  async 'refused records are written when there is space, once and in order, after the acknowledged ones'(
    mountPoint,
  ) {
    const { log, reported, text } = await openLog(mountPoint)
    const freeDisk = fillDisk(mountPoint, 40_000)
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
    // While it fails it refuses records, retries in vain, and keeps the acknowledged ones.
    await assert.rejects(log.append(lineNo(count++)))
    await sleep(2200)
    await assert.rejects(log.append(lineNo(count++)))
    assert.equal(log.isFailing, true)
    assert.ok(text().startsWith(linesUpTo(resolved)))
    freeDisk()
    await until('recovery', () => !log.isFailing)
    assert.deepEqual(reported, { failures: ['ENOSPC'], recovered: [0] })
    await log.append(lineNo(count++))
    assert.equal(text(), linesUpTo(count))
    await log.close()
  },

  async 'a crash on a full disk leaves whole records'(mountPoint) {
    const { log, open, text } = await openLog(mountPoint)
    const freeDisk = fillDisk(mountPoint, 40_000)
    const appends = Array.from({ length: 200 }, (_, number) => log.append(lineNo(number)))
    await Promise.allSettled(appends)
    assert.equal(log.isFailing, true)
    assert.notEqual(text().at(-1), '\n', 'nothing is torn, so there is nothing to cut')
    // A log that is opened now finds the files as a crash of the first would have left them.
    const next = await open()
    const whole = text().split('\n').length - 1
    assert.equal(text(), linesUpTo(whole))
    await log.close()
    await next.close()
    freeDisk()
  },

  async 'many callers at once are all refused, also when the day changes among them'(mountPoint) {
    const { log, clock, reported, text } = await openLog(mountPoint)
    await log.append(lineNo(0))
    const freeDisk = fillDisk(mountPoint, 4096)
    clock.time = day + dayMillis
    const appends = Array.from({ length: 300 }, (_, index) => log.append(lineNo(index + 1)))
    const outcomes = await Promise.allSettled(appends)
    assert.ok(outcomes.every(({ status }) => status === 'rejected'))
    assert.equal(reported.failures.length, 1)
    clock.time += dayMillis
    freeDisk()
    await until('recovery', () => !log.isFailing)
    await log.append(lineNo(301))
    assert.equal(text(), linesUpTo(302))
    await log.close()
  },

  async 'a log can fail and recover several times'(mountPoint) {
    const { log, reported, text } = await openLog(mountPoint)
    let count = 0
    for (let round = 1; round <= 2; round++) {
      const freeDisk = fillDisk(mountPoint, 5000)
      while (!log.isFailing) await log.append(lineNo(count++)).catch(() => undefined)
      freeDisk()
      // Callers do not stop while the log recovers.
      while (log.isFailing) {
        await log.append(lineNo(count++)).catch(() => undefined)
        await sleep(5)
      }
      assert.equal(reported.recovered.length, round)
    }
    await log.append(lineNo(count++))
    assert.equal(text(), linesUpTo(count))
    await log.close()
  },

  async 'records beyond the size of the backlog are dropped and counted'(mountPoint) {
    const { log, reported, text } = await openLog(mountPoint)
    const freeDisk = fillDisk(mountPoint, 0)
    const long = (number: number) => JSON.stringify({ number, filling: 'x'.repeat(1_000_000) })
    for (let number = 0; number < 6; number++) await assert.rejects(log.append(long(number)))
    freeDisk()
    await until('recovery', () => !log.isFailing)
    const [dropped] = reported.recovered
    assert.ok(dropped !== undefined && dropped > 0 && dropped < 6, `dropped ${dropped}`)
    const kept = Array.from({ length: 6 - dropped }, (_, number) => `${long(number)}\n`).join('')
    assert.equal(text().length, kept.length)
    assert.ok(text() === kept)
    await log.close()
  },
}

const [, , disk] = process.argv
if (disk === undefined) test('the audit log recovers from a full disk', runOnSmallDisk)
else for (const [name, run] of Object.entries(testsOnSmallDisk)) test(name, () => run(disk))
