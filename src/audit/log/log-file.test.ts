import assert from 'node:assert/strict'
import fs, {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  symlinkSync,
} from 'node:fs'
import { syncBuiltinESMExports } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { AuditLog } from './audit-log.ts'

const evening = Date.parse('2026-11-24T23:59:59.999Z')
const today = 'keyward-2026-11-24.jsonl'

let directory: string
/** The time that the clock shows. */
let time: number
let failures: unknown[]
let recoveries: number

beforeEach(() => {
  directory = join(mkdtempSync(join(tmpdir(), 'keyward-audit-')), 'audit')
  time = evening
  failures = []
  recoveries = 0
})
afterEach(() => rmSync(join(directory, '..'), { recursive: true }))

const textOf = (name: string) => readFileSync(join(directory, name), 'utf8')
const lineNo = (number: number) => JSON.stringify({ number, filling: 'x'.repeat(number % 300) })

test('at the level written, records are in the file when append resolves, without a sync of each', {
  skip: !existsSync('/proc/self/fdinfo') && 'no /proc/self/fdinfo',
}, async () => {
  const synchronous = 0o10000
  for (const durability of ['synced', 'written'] as const) {
    const log = await AuditLog.open(
      directory,
      { now: () => time },
      { failed: fail, recovered: fail },
      { durability },
    )
    await log.append(`{"durability":"${durability}"}`)
    assert.ok(textOf(today).endsWith(`{"durability":"${durability}"}\n`))
    const path = join(directory, today)
    const descriptor =
      readdirSync('/proc/self/fd').find(name => isOpenAs(`/proc/self/fd/${name}`, path)) ?? ''
    const flags = /flags:\t(\d+)/.exec(readFileSync(`/proc/self/fdinfo/${descriptor}`, 'utf8'))?.[1] ?? ''
    assert.equal((Number.parseInt(flags, 8) & synchronous) !== 0, durability === 'synced')
    await log.sync()
    await log.close()
  }
})

function isOpenAs(link: string, path: string): boolean {
  try {
    return readlinkSync(link) === path
  } catch {
    return false
  }
}

function fail(error: unknown): void {
  failures.push(error)
}

test('a log that cannot be synced fails until a restart, because the system forgets what it could not write', {
  skip: !existsSync('/dev/null') && 'no /dev/null',
}, async () => {
  mkdirSync(directory)
  // This file takes every write, and no sync of it succeeds.
  symlinkSync('/dev/null', join(directory, today))
  const log = await AuditLog.open(
    directory,
    { now: () => time },
    { failed: fail, recovered: () => recoveries++ },
    { durability: 'written' },
  )
  await log.append('{"a":1}')
  await assert.rejects(log.sync(), { code: 'EINVAL' })
  assert.equal(log.isFailing, true)
  await assert.rejects(log.append('{"b":1}'))
  await sleep(1500)
  assert.deepEqual([log.isFailing, failures.length, recoveries], [true, 1, 0])
  await log.close()
})

test('a sync that fails when the next file begins is final until a restart, whatever its code', async t => {
  const log = await AuditLog.open(
    directory,
    { now: () => time },
    { failed: fail, recovered: () => recoveries++ },
    { durability: 'written' },
  )
  await log.append('{"a":1}')
  // A disk that fails one sync: the system then forgets what it could not write, and the next sync succeeds.
  const failure = Object.assign(new Error('no space left on device'), { code: 'ENOSPC' })
  const { fdatasync } = fs
  let hasFailed = false
  t.mock.method(fs, 'fdatasync', (descriptor: number, done: (error: Error | null) => void) => {
    if (hasFailed) fdatasync(descriptor, done)
    else setImmediate(done, failure)
    hasFailed = true
  })
  syncBuiltinESMExports()
  time += 1
  await assert.rejects(log.append('{"b":1}'), { code: 'ENOSPC' })
  await sleep(1500)
  assert.deepEqual([log.isFailing, failures, recoveries], [true, [failure], 0])
  await assert.rejects(log.sync(), { code: 'ENOSPC' })
  await log.close()
  t.mock.restoreAll()
  syncBuiltinESMExports()
})

test('a sync that fails while the lost records are written again is final, too', async t => {
  const log = await AuditLog.open(
    directory,
    { now: () => time },
    { failed: fail, recovered: () => recoveries++ },
    { durability: 'written' },
  )
  await log.append('{"not synced yet":1}')
  const problem = (code: string) => Object.assign(new Error(code), { code })
  const { write } = fs
  t.mock.method(fs, 'fdatasync', (_: number, done: (error: Error) => void) =>
    setImmediate(done, problem('EDQUOT')),
  )
  const again = Promise.withResolvers<void>()
  let writes = 0
  t.mock.method(fs, 'write', (...given: Parameters<typeof write>) => {
    writes++
    const done = given.at(-1) as unknown as (error: Error | null, count: number) => void
    if (writes === 1) return setImmediate(done, problem('ENOSPC'), 0)
    // The second write is the one of the recovery. It waits for the sync that fails beside it.
    log.sync().catch(() => write(...given))
    return setImmediate(again.resolve)
  })
  syncBuiltinESMExports()
  await assert.rejects(log.append('{"a":1}'), { code: 'ENOSPC' })
  await again.promise
  await sleep(100)
  assert.deepEqual([log.isFailing, recoveries], [true, 0])
  await assert.rejects(log.append('{"b":1}'))
  t.mock.restoreAll()
  syncBuiltinESMExports()
  await log.close()
})

test('a full file is followed by the next part of the day, also after a restart', async () => {
  const options = { fileSizeMaxBytes: 1000 }
  const open = () => AuditLog.open(directory, { now: () => time }, { failed: fail, recovered: fail }, options)
  time = evening - 3_600_000
  const written: string[] = []
  for (let start = 0; start < 3; start++) {
    const log = await open()
    for (let number = 0; number < 10; number++) {
      const line = lineNo(start * 100 + number + 100)
      await log.append(line)
      written.push(line)
    }
    await log.close()
  }
  const names = readdirSync(directory).sort()
  assert.deepEqual(names.slice(0, 3), [
    today,
    'keyward-2026-11-24.p0001.jsonl',
    'keyward-2026-11-24.p0002.jsonl',
  ])
  assert.equal(names.map(textOf).join(''), written.map(line => `${line}\n`).join(''))
  // A clock that was set back before the start changes nothing.
  time -= 5 * 86_400_000
  const log = await open()
  await log.append('{"set back":1}')
  await log.close()
  assert.deepEqual(readdirSync(directory).sort().slice(0, names.length), names)
  assert.ok(readdirSync(directory).sort().map(textOf).join('').endsWith('{"set back":1}\n'))
})
