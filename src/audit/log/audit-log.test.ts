import assert from 'node:assert/strict'
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import {
  evening,
  lineNo,
  linesUpTo,
  today,
  tomorrow,
  useLogBench,
} from '../../../test/fixtures/audit/log-bench.ts'

// audit-log-full-disk.test.ts tests the log on a full disk.

const bench = useLogBench()

test('the log has one file a day, which only its owner can read', async () => {
  const log = await bench.open()
  await log.append('{"a":1}')
  assert.equal(bench.textOf(today), '{"a":1}\n')
  assert.equal(statSync(bench.directory).mode & 0o777, 0o700)
  assert.equal(statSync(bench.pathOf(today)).mode & 0o777, 0o600)
  assert.equal(log.isFailing, false)
  await log.close()
})

test('acknowledged records are in the file, all of them, in order', async () => {
  const log = await bench.open()
  const path = bench.pathOf(today)
  await log.append(lineNo(0))
  let appended = 1
  let sizeBytes = statSync(path).size
  const appends: Promise<void>[] = []
  // Bursts in one turn, appends in consecutive turns, and pauses in which a write ends.
  for (let burst = 0; burst < 60; burst++) {
    for (let count = 0; count < burst; count++) {
      const line = lineNo(appended++)
      sizeBytes += line.length + 1
      const sizeWithIt = sizeBytes
      appends.push(
        log.append(line).then(() => assert.ok(statSync(path).size >= sizeWithIt, 'resolved before written')),
      )
      if (burst % 3 === 0) await new Promise(resolve => setImmediate(resolve))
    }
    if (burst % 7 === 0) await appends.at(-1)
  }
  await Promise.all(appends)
  assert.equal(bench.textOf(today), linesUpTo(appended))
  await log.close()
})

const writeCounter = '/proc/self/io'
test('simultaneous appends share writes', {
  skip: !existsSync(writeCounter) && `no ${writeCounter}`,
}, async () => {
  const log = await bench.open()
  const countWrites = () => Number(/syscw: (\d+)/.exec(readFileSync(writeCounter, 'utf8'))?.[1])
  await log.append(lineNo(0))
  const before = countWrites()
  await Promise.all(Array.from({ length: 2000 }, (_, index) => log.append(lineNo(index))))
  const together = countWrites() - before
  for (let index = 0; index < 100; index++) await log.append(lineNo(index))
  const apart = countWrites() - before - together
  assert.ok(together < 200, `${together} writes for 2000 appends`)
  // This proves the measurement: appends that waited for each other had one write each.
  assert.ok(apart >= 100, `${apart} writes for 100 appends`)
  await log.close()
})

const tornCases: Record<string, [before: string | Uint8Array, kept: string]> = {
  'half a record': ['{"a":1}\n{"b":2}\n{"c"', '{"a":1}\n{"b":2}\n'],
  'a record without its line end': ['{"a":1}\n{"b":2}', '{"a":1}\n'],
  'nothing but half a record': ['{"a"', ''],
  'half a long record': [`{"a":1}\n${'x'.repeat(200_000)}`, '{"a":1}\n'],
  'half a record after a line end at the edge of a chunk': [
    `${'x'.repeat(999)}\n${'y'.repeat(65_536)}`,
    `${'x'.repeat(999)}\n`,
  ],
  'half a character': [Buffer.concat([Buffer.from('{"a":1}\n{"b":"'), Buffer.from([0xc3])]), '{"a":1}\n'],
  'zeros from a lost block': [Buffer.concat([Buffer.from('{"a":1}\n'), Buffer.alloc(5000)]), '{"a":1}\n'],
  'zeros with whole records behind them': [
    Buffer.concat([Buffer.from('{"a":1}\n{"b"'), Buffer.alloc(70_000), Buffer.from('":3}\n{"c":1}\n')]),
    '{"a":1}\n',
  ],
  'nothing torn': ['{"a":1}\n', '{"a":1}\n'],
  nothing: ['', ''],
}
for (const [name, [before, kept]] of Object.entries(tornCases)) {
  test(`an opened log has whole records only: ${name}`, async () => {
    bench.leave(today, before)
    const log = await bench.open()
    assert.equal(bench.textOf(today), kept)
    await log.append('{"new":1}')
    assert.equal(bench.textOf(today), `${kept}{"new":1}\n`)
    await log.close()
  })
}

test('a record that a crash tore yesterday is cut off today', async () => {
  bench.leave(today, '{"a":1}\n{"b"')
  bench.time = evening + 1
  const log = await bench.open()
  await log.append('{"new":1}')
  await log.close()
  assert.equal(bench.textOf(tomorrow), '{"new":1}\n')
  assert.equal(bench.textOf(today), '{"a":1}\n')
})

test('a new day begins at midnight UTC', async () => {
  const log = await bench.open()
  await log.append('{"evening":1}')
  bench.time = evening + 1
  await log.append('{"morning":1}')
  bench.time += 1000
  await log.append('{"morning":2}')
  assert.equal(bench.textOf(today), '{"evening":1}\n')
  assert.equal(bench.textOf(tomorrow), '{"morning":1}\n{"morning":2}\n')
  // After the clock was set back, the log continues in the same file: records stay in the order of their appends.
  bench.time = evening
  await log.append('{"set back":1}')
  assert.equal(bench.textOf(today), '{"evening":1}\n')
  assert.equal(bench.textOf(tomorrow), '{"morning":1}\n{"morning":2}\n{"set back":1}\n')
  await log.close()
  assert.deepEqual(readdirSync(bench.directory).sort(), [today, tomorrow])
})

test('a day change in the middle of a burst loses and duplicates no record', async () => {
  const log = await bench.open()
  const appends: Promise<void>[] = []
  for (let index = 0; index < 500; index++) {
    if (index === 250) bench.time = evening + 1
    appends.push(log.append(lineNo(index)))
    if (index % 10 === 0) await new Promise(resolve => setImmediate(resolve))
  }
  await Promise.all(appends)
  await log.close()
  const written = bench.textOf(today) + bench.textOf(tomorrow)
  assert.equal(written, linesUpTo(500))
  assert.ok(bench.textOf(tomorrow).length > 0)
})

test('records are found in the files of their day and later, whatever other files there are', async () => {
  const at = (time: string, id: string) => JSON.stringify({ eventTime: time, eventID: id })
  bench.leave('keyward-2026-11-20.jsonl', `${at('2026-11-20T10:00:00Z', 'old')}\n`)
  bench.leave(
    'keyward-2026-11-22.jsonl',
    `${at('2026-11-22T10:00:00Z', 'a')}\n\nnot json\n${at('2026-11-22T10:00:01Z', 'b')}\n`,
  )
  bench.leave('keyward-2026-11-30.jsonl.gz', 'zipped')
  bench.leave('notes.txt', 'mine')
  const log = await bench.open()
  await log.append(at('2026-11-24T10:00:00Z', 'c'))
  const wanted = new Set(['old', 'a', 'b', 'c', 'd'])
  const found = await log.findRecords(wanted, Date.parse('2026-11-22T10:00:00Z'))
  assert.deepEqual([...found].sort(), ['a', 'b', 'c'])
  await log.close()
  assert.equal(bench.textOf('notes.txt'), 'mine')
})

test('records are found in a file that is longer than one chunk', async () => {
  const ids = Array.from({ length: 3000 }, (_, index) => `id-${index}`)
  const lines = ids.map(id => JSON.stringify({ eventID: id, filler: 'é'.repeat(700) }))
  bench.leave('keyward-2026-11-22.jsonl', `${lines.join('\n')}\n`)
  const log = await bench.open()
  const found = await log.findRecords(new Set([...ids, 'absent']), Date.parse('2026-11-22T00:00:00Z'))
  assert.deepEqual([...found].sort(), ids.sort())
  await log.close()
})

test('close writes the waiting records, and later ones are refused', async () => {
  const log = await bench.open()
  const appends = Array.from({ length: 100 }, (_, index) => log.append(lineNo(index)))
  await log.close()
  assert.equal(bench.textOf(today), linesUpTo(100))
  await Promise.all(appends)
  await assert.rejects(log.append('{"late":1}'))
  assert.ok(!bench.textOf(today).includes('late'))
})

test('a reopened log continues at its end', async () => {
  for (let round = 0; round < 3; round++) {
    const log = await bench.open()
    await log.append(lineNo(round))
    await log.close()
  }
  assert.equal(bench.textOf(today), linesUpTo(3))
})

// The memory of a process is a file whose first page cannot be written: the system returns a real EIO.
const memory = '/proc/self/mem'
test('after an I/O error the log stays failing', {
  skip: !existsSync(memory) && `no ${memory}`,
}, async () => {
  bench.link(today, memory)
  const log = await bench.open()
  await assert.rejects(log.append('{"a":1}'), { code: 'EIO' })
  assert.equal(log.isFailing, true)
  assert.deepEqual(
    bench.failures.map(error => (error as NodeJS.ErrnoException).code),
    ['EIO'],
  )
  // From now on a write would succeed, into the file of a new day.
  bench.time = evening + 1
  await sleep(2500)
  assert.equal(log.isFailing, true)
  await assert.rejects(log.append('{"b":1}'))
  assert.equal(existsSync(bench.pathOf(tomorrow)), false)
  assert.equal(bench.failures.length, 1)
  assert.equal(bench.recoveries, 0)
  await log.close()
})
