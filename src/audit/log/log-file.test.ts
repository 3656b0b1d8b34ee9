import assert from 'node:assert/strict'
import fs, { existsSync, readdirSync, readFileSync, readlinkSync } from 'node:fs'
import { syncBuiltinESMExports } from 'node:module'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { evening, lineNo, today, useLogBench } from '../../../test/fixtures/audit/log-bench.ts'

const bench = useLogBench()

test('at the level written, records are in the file when append resolves, without a sync of each', {
  skip: !existsSync('/proc/self/fdinfo') && 'no /proc/self/fdinfo',
}, async () => {
  const synchronous = 0o10000
  for (const durability of ['synced', 'written'] as const) {
    const log = await bench.open({ durability })
    await log.append(`{"durability":"${durability}"}`)
    assert.ok(bench.textOf(today).endsWith(`{"durability":"${durability}"}\n`))
    const path = bench.pathOf(today)
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

test('a log that cannot be synced fails until a restart, because the system forgets what it could not write', {
  skip: !existsSync('/dev/null') && 'no /dev/null',
}, async () => {
  // This file takes every write, and no sync of it succeeds.
  bench.link(today, '/dev/null')
  const log = await bench.open({ durability: 'written' })
  await log.append('{"a":1}')
  await assert.rejects(log.sync(), { code: 'EINVAL' })
  assert.equal(log.isFailing, true)
  await assert.rejects(log.append('{"b":1}'))
  await sleep(1500)
  assert.deepEqual([log.isFailing, bench.failures.length, bench.recoveries], [true, 1, 0])
  await log.close()
})

test('a sync that fails when the next file begins is final until a restart, whatever its code', async t => {
  const log = await bench.open({ durability: 'written' })
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
  bench.time += 1
  await assert.rejects(log.append('{"b":1}'), { code: 'ENOSPC' })
  await sleep(1500)
  assert.deepEqual([log.isFailing, bench.failures, bench.recoveries], [true, [failure], 0])
  await assert.rejects(log.sync(), { code: 'ENOSPC' })
  await log.close()
  t.mock.restoreAll()
  syncBuiltinESMExports()
})

test('a sync that fails while the lost records are written again is final, too', async t => {
  const log = await bench.open({ durability: 'written' })
  await log.append('{"not synced yet":1}')
  const problem = (code: string) => Object.assign(new Error(code), { code })
  const { write } = fs
  // A sync of the log's own may begin before the recovery. It must not fail before it.
  const syncs: ((error: Error) => void)[] = []
  let fails = false
  t.mock.method(fs, 'fdatasync', (_: number, done: (error: Error) => void) => {
    if (fails) setImmediate(done, problem('EDQUOT'))
    else syncs.push(done)
  })
  const again = Promise.withResolvers<void>()
  let writes = 0
  t.mock.method(fs, 'write', (...given: Parameters<typeof write>) => {
    writes++
    const done = given.at(-1) as unknown as (error: Error | null, count: number) => void
    if (writes === 1) return setImmediate(done, problem('ENOSPC'), 0)
    // The second write is the one of the recovery. It waits for the sync that fails beside it.
    fails = true
    for (const done of syncs) setImmediate(done, problem('EDQUOT'))
    log.sync().catch(() => write(...given))
    return setImmediate(again.resolve)
  })
  syncBuiltinESMExports()
  await assert.rejects(log.append('{"a":1}'), { code: 'ENOSPC' })
  await again.promise
  await sleep(100)
  assert.deepEqual([log.isFailing, bench.recoveries], [true, 0])
  await assert.rejects(log.append('{"b":1}'))
  t.mock.restoreAll()
  syncBuiltinESMExports()
  await log.close()
})

test('a full file is followed by the next part of the day, also after a restart', async () => {
  const open = () => bench.open({ fileSizeMaxBytes: 1000 })
  bench.time = evening - 3_600_000
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
  const names = readdirSync(bench.directory).sort()
  assert.deepEqual(names.slice(0, 3), [
    today,
    'keyward-2026-11-24.p0001.jsonl',
    'keyward-2026-11-24.p0002.jsonl',
  ])
  assert.equal(names.map(name => bench.textOf(name)).join(''), written.map(line => `${line}\n`).join(''))
  // A clock that was set back before the start changes nothing.
  bench.time -= 5 * 86_400_000
  const log = await open()
  await log.append('{"set back":1}')
  await log.close()
  assert.deepEqual(readdirSync(bench.directory).sort().slice(0, names.length), names)
  assert.ok(
    readdirSync(bench.directory)
      .sort()
      .map(name => bench.textOf(name))
      .join('')
      .endsWith('{"set back":1}\n'),
  )
})
