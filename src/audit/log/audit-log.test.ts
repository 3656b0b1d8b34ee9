import assert from 'node:assert/strict'
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { AuditLog } from './audit-log.ts'

// audit-log-full-disk.test.ts tests the log on a full disk.

const evening = Date.parse('2026-11-24T23:59:59.999Z')
const today = 'keyward-2026-11-24.jsonl'
const tomorrow = 'keyward-2026-11-25.jsonl'

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

const openLog = () =>
  AuditLog.open(
    directory,
    { now: () => time },
    {
      failed: error => failures.push(error),
      recovered: () => recoveries++,
    },
  )
const textOf = (name: string) => readFileSync(join(directory, name), 'utf8')
const lineNo = (number: number) => JSON.stringify({ number, filling: 'x'.repeat(number % 300) })

/** Leaves a file as a crash may leave it. */
function leave(name: string, text: string | Uint8Array): void {
  mkdirSync(directory, { recursive: true })
  writeFileSync(join(directory, name), text)
}

test('the log has one file a day, which only its owner can read', async () => {
  const log = await openLog()
  await log.append('{"a":1}')
  assert.equal(textOf(today), '{"a":1}\n')
  assert.equal(statSync(directory).mode & 0o777, 0o700)
  assert.equal(statSync(join(directory, today)).mode & 0o777, 0o600)
  assert.equal(log.isFailing, false)
  await log.close()
})

test('acknowledged records are in the file, all of them, in order', async () => {
  const log = await openLog()
  const path = join(directory, today)
  let appended = 0
  let sizeBytes = 0
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
  assert.equal(textOf(today), Array.from({ length: appended }, (_, index) => `${lineNo(index)}\n`).join(''))
  await log.close()
})

const writeCounter = '/proc/self/io'
test('simultaneous appends share writes', {
  skip: !existsSync(writeCounter) && `no ${writeCounter}`,
}, async () => {
  const log = await openLog()
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
    leave(today, before)
    const log = await openLog()
    assert.equal(textOf(today), kept)
    await log.append('{"new":1}')
    assert.equal(textOf(today), `${kept}{"new":1}\n`)
    await log.close()
  })
}

test('a record that a crash tore yesterday is cut off today', async () => {
  leave(today, '{"a":1}\n{"b"')
  time = evening + 1
  const log = await openLog()
  await log.append('{"new":1}')
  await log.close()
  assert.equal(textOf(tomorrow), '{"new":1}\n')
  assert.equal(textOf(today), '{"a":1}\n')
})

test('a new day begins at midnight UTC', async () => {
  const log = await openLog()
  await log.append('{"evening":1}')
  time = evening + 1
  await log.append('{"morning":1}')
  time += 1000
  await log.append('{"morning":2}')
  assert.equal(textOf(today), '{"evening":1}\n')
  assert.equal(textOf(tomorrow), '{"morning":1}\n{"morning":2}\n')
  // After the clock was set back, the log continues in the same file: records stay in the order of their appends.
  time = evening
  await log.append('{"set back":1}')
  assert.equal(textOf(today), '{"evening":1}\n')
  assert.equal(textOf(tomorrow), '{"morning":1}\n{"morning":2}\n{"set back":1}\n')
  await log.close()
  assert.deepEqual(readdirSync(directory).sort(), [today, tomorrow])
})

test('a day change in the middle of a burst loses and duplicates no record', async () => {
  const log = await openLog()
  const appends: Promise<void>[] = []
  for (let index = 0; index < 500; index++) {
    if (index === 250) time = evening + 1
    appends.push(log.append(lineNo(index)))
    if (index % 10 === 0) await new Promise(resolve => setImmediate(resolve))
  }
  await Promise.all(appends)
  await log.close()
  const written = textOf(today) + textOf(tomorrow)
  assert.equal(written, Array.from({ length: 500 }, (_, index) => `${lineNo(index)}\n`).join(''))
  assert.ok(textOf(tomorrow).length > 0)
})

test('records are found in the files of their day and later, whatever other files there are', async () => {
  const at = (time: string, id: string) => JSON.stringify({ eventTime: time, eventID: id })
  leave('keyward-2026-11-20.jsonl', `${at('2026-11-20T10:00:00Z', 'old')}\n`)
  leave(
    'keyward-2026-11-22.jsonl',
    `${at('2026-11-22T10:00:00Z', 'a')}\n\nnot json\n${at('2026-11-22T10:00:01Z', 'b')}\n`,
  )
  leave('keyward-2026-11-30.jsonl.gz', 'zipped')
  leave('notes.txt', 'mine')
  const log = await openLog()
  await log.append(at('2026-11-24T10:00:00Z', 'c'))
  const wanted = new Set(['old', 'a', 'b', 'c', 'd'])
  const found = await log.findRecords(wanted, Date.parse('2026-11-22T10:00:00Z'))
  assert.deepEqual([...found].sort(), ['a', 'b', 'c'])
  await log.close()
  assert.equal(textOf('notes.txt'), 'mine')
})

test('records are found in a file that is longer than one chunk', async () => {
  const ids = Array.from({ length: 3000 }, (_, index) => `id-${index}`)
  const lines = ids.map(id => JSON.stringify({ eventID: id, filler: 'é'.repeat(700) }))
  leave('keyward-2026-11-22.jsonl', `${lines.join('\n')}\n`)
  const log = await openLog()
  const found = await log.findRecords(new Set([...ids, 'absent']), Date.parse('2026-11-22T00:00:00Z'))
  assert.deepEqual([...found].sort(), ids.sort())
  await log.close()
})

test('close writes the waiting records, and later ones are refused', async () => {
  const log = await openLog()
  const appends = Array.from({ length: 100 }, (_, index) => log.append(lineNo(index)))
  await log.close()
  assert.equal(textOf(today), Array.from({ length: 100 }, (_, index) => `${lineNo(index)}\n`).join(''))
  await Promise.all(appends)
  await assert.rejects(log.append('{"late":1}'))
  assert.ok(!textOf(today).includes('late'))
})

test('a reopened log continues at its end', async () => {
  for (let round = 0; round < 3; round++) {
    const log = await openLog()
    await log.append(lineNo(round))
    await log.close()
  }
  assert.equal(textOf(today), `${lineNo(0)}\n${lineNo(1)}\n${lineNo(2)}\n`)
})

// The memory of a process is a file whose first page cannot be written: the system returns a real EIO.
const memory = '/proc/self/mem'
test('after an I/O error the log stays failing', {
  skip: !existsSync(memory) && `no ${memory}`,
}, async () => {
  mkdirSync(directory)
  symlinkSync(memory, join(directory, today))
  const log = await openLog()
  await assert.rejects(log.append('{"a":1}'), { code: 'EIO' })
  assert.equal(log.isFailing, true)
  assert.deepEqual(
    failures.map(error => (error as NodeJS.ErrnoException).code),
    ['EIO'],
  )
  // From now on a write would succeed, into the file of a new day.
  time = evening + 1
  await sleep(2500)
  assert.equal(log.isFailing, true)
  await assert.rejects(log.append('{"b":1}'))
  assert.equal(existsSync(join(directory, tomorrow)), false)
  assert.equal(failures.length, 1)
  assert.equal(recoveries, 0)
  await log.close()
})
