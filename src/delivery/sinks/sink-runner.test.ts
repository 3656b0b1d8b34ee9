import assert from 'node:assert/strict'
import { appendFileSync, readdirSync, rmSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, test } from 'node:test'
import { temporaryDirectory } from '../../../test/fixtures/keyward-process.ts'
import type { LogPosition } from '../../audit/index.ts'
import type { Sink, SinkBatch } from './sink.ts'
import { SinkRunner } from './sink-runner.ts'

const firstFile = 'keyward-2026-11-30.jsonl'
const secondFile = 'keyward-2026-12-01.jsonl'
const runners: SinkRunner[] = []

class Collected implements Sink {
  readonly lines: string[] = []
  problem: Error | undefined
  onDeliver: () => void = () => {}

  async deliver({ lines }: SinkBatch): Promise<void> {
    this.onDeliver()
    if (this.problem !== undefined) throw this.problem
    this.lines.push(...lines)
  }

  async close(): Promise<void> {}
}

/** A log in a directory, and the cursor of one sink in memory. */
function testLog() {
  const directory = temporaryDirectory()
  const state: {
    cursor: LogPosition | undefined
    saves: number
    looks: number
    now: number
    onDisk: number
  } = {
    onDisk: 0,
    cursor: undefined,
    saves: 0,
    looks: 0,
    now: 0,
  }
  const names = () => readdirSync(directory).sort()
  const position = () => {
    state.looks++
    const file = names().at(-1) ?? firstFile
    return { stream: 's', file, offset: statSync(join(directory, file)).size }
  }
  const source = {
    directory,
    listNames: async () => names(),
    position,
    sync: async () => {
      state.onDisk = position().offset
    },
    loadCursor: async () => state.cursor,
    saveCursor: async (place: LogPosition) => {
      state.cursor = place
      state.saves++
    },
  }
  const write = (file: string, ...lines: string[]) =>
    appendFileSync(join(directory, file), lines.map(line => `${line}\n`).join(''))
  write(firstFile, 'before')
  return { state, source, write, directory }
}

type TestLog = ReturnType<typeof testLog>

function run({ source, state }: TestLog, sink: Sink, changes: (string | undefined)[] = []): SinkRunner {
  const runner = new SinkRunner({
    source,
    sink,
    select: line => (line.startsWith('meta') ? undefined : line),
    now: () => state.now,
    onChange: problem => changes.push(problem?.message),
    limits: { linesMax: 3, sizeMaxBytes: 64 },
  })
  runners.push(runner)
  runner.start()
  return runner
}

afterEach(async () => {
  for (const runner of runners.splice(0)) await runner.close()
})

const until = async (condition: () => boolean) => {
  while (!condition()) await new Promise(resolve => setTimeout(resolve, 5))
}

test('a new sink begins at the end of the log, and gets what comes after it, over files, in order', async () => {
  const log = testLog()
  const sink = new Collected()
  run(log, sink)
  await until(() => log.state.saves === 1)
  const lines = Array.from({ length: 20 }, (_, i) => `line ${i}`)
  log.write(firstFile, ...lines.slice(0, 13), 'meta')
  log.write(secondFile, ...lines.slice(13), 'x'.repeat(500))
  await until(() => sink.lines.length === 21)
  assert.deepEqual(sink.lines, [...lines, 'x'.repeat(500)])
})

test('a batch has at most its limits, and a longer line comes alone', async () => {
  const log = testLog()
  const batches: (readonly string[])[] = []
  run(log, { deliver: async ({ lines }) => void batches.push(lines), close: async () => {} })
  await until(() => log.state.saves === 1)
  const [half, long] = ['h'.repeat(31), 'x'.repeat(200)]
  log.write(firstFile, 'a', 'b', 'c', 'd', half, half, long, 'e')
  await until(() => batches.flat().length === 8)
  assert.deepEqual(batches, [['a', 'b', 'c'], ['d', half], [half], [long], ['e']])
})

test('a sink that starts again goes on from its cursor, and repeats at most what was not saved', async () => {
  const log = testLog()
  const first = new Collected()
  const runner = run(log, first)
  await until(() => log.state.saves === 1)
  log.write(firstFile, 'a', 'b')
  await until(() => first.lines.length === 2)
  await runner.close()
  log.write(firstFile, 'c')
  const second = new Collected()
  run(log, second)
  await until(() => second.lines.length > 0)
  assert.deepEqual(second.lines, ['c'])
})

test('a batch that failed comes again, nothing after it comes first, and the lag shows', async () => {
  const log = testLog()
  const sink = new Collected()
  const changes: (string | undefined)[] = []
  const runner = run(log, sink, changes)
  await until(() => log.state.saves === 1)
  sink.problem = new Error('unreachable')
  let attempts = 0
  sink.onDeliver = () => attempts++
  log.write(firstFile, 'a', 'b', 'c', 'd')
  await until(() => attempts === 1)
  log.state.now = 70_000
  await until(() => changes.length === 1)
  assert.deepEqual(runner.lag, { millis: 70_000, isFailing: true })
  sink.problem = undefined
  await until(() => sink.lines.length === 4)
  await until(() => changes.length === 2)
  assert.deepEqual(sink.lines, ['a', 'b', 'c', 'd'])
  assert.deepEqual(changes, ['unreachable', undefined])
  assert.deepEqual(runner.lag, { millis: 0, isFailing: false })
})

test('lines of the log itself move the cursor without a commit', async () => {
  const log = testLog()
  const sink = new Collected()
  const runner = run(log, sink)
  await until(() => log.state.saves === 1)
  log.state.now = 10_000
  log.write(firstFile, 'meta 1', 'meta 2')
  const { looks } = log.state
  await until(() => log.state.looks >= looks + 2)
  await runner.close()
  assert.equal(log.state.saves, 1)
  const again = new Collected()
  log.write(firstFile, 'record')
  run(log, again)
  await until(() => again.lines.length > 0)
  assert.deepEqual(again.lines, ['record'])
})

test('a file that retention deleted is passed over', async () => {
  const log = testLog()
  const sink = new Collected()
  const runner = run(log, sink)
  await until(() => log.state.saves === 1)
  await runner.close()
  log.write(secondFile, 'kept')
  rmSync(join(log.directory, firstFile))
  run(log, sink)
  await until(() => sink.lines.length === 1)
  assert.deepEqual(sink.lines, ['kept'])
})

test('a torn line at the end is not delivered before it is whole', async () => {
  const log = testLog()
  const sink = new Collected()
  run(log, sink)
  await until(() => log.state.saves === 1)
  appendFileSync(join(log.directory, firstFile), 'half')
  const { looks } = log.state
  // The second look begins after the first one has read the half line.
  await until(() => log.state.looks >= looks + 2)
  assert.deepEqual(sink.lines, [])
  appendFileSync(join(log.directory, firstFile), ' and half\n')
  await until(() => sink.lines.length === 1)
  assert.deepEqual(sink.lines, ['half and half'])
})

test('a stop waits a few seconds for a sink that hangs, and keeps what was delivered before', async () => {
  const log = testLog()
  const hanging = Promise.withResolvers<void>()
  const taken: string[] = []
  const runner = run(log, {
    deliver: async ({ lines }) => {
      taken.push(...lines)
      if (taken.length > 3) await hanging.promise
    },
    close: () => hanging.promise,
  })
  await until(() => log.state.saves === 1)
  log.write(firstFile, 'a', 'b', 'c', 'd')
  await until(() => taken.length === 4)
  const since = performance.now()
  await runner.close()
  assert.ok(performance.now() - since < 15_000)
  const saved = log.state.saves
  assert.equal(saved, 2)
  hanging.resolve()
  await new Promise(resolve => setTimeout(resolve, 50))
  assert.equal(log.state.saves, saved)
  const next = new Collected()
  run(log, next)
  await until(() => next.lines.length > 0)
  assert.deepEqual(next.lines, ['d'])
})

test('a sink that takes long to catch up keeps its cursor meanwhile', async () => {
  const log = testLog()
  const hanging = Promise.withResolvers<void>()
  let batches = 0
  run(log, {
    deliver: async () => {
      log.state.now += 6000
      if (++batches === 3) await hanging.promise
    },
    close: async () => {},
  })
  await until(() => log.state.saves === 1)
  log.write(firstFile, ...Array.from({ length: 9 }, (_, number) => `line ${number}`))
  await until(() => batches === 3)
  assert.equal(log.state.saves, 3)
  hanging.resolve()
})

test('a sink gets, and its cursor passes, only what is on disk', async () => {
  const log = testLog()
  const taken: number[] = []
  const saved: number[] = []
  const { saveCursor } = log.source
  log.source.saveCursor = async place => {
    saved.push(log.state.onDisk - place.offset)
    await saveCursor(place)
  }
  const runner = run(log, {
    deliver: async ({ to }) => {
      taken.push(log.state.onDisk - to.offset)
    },
    close: async () => {},
  })
  await until(() => saved.length === 1)
  log.write(firstFile, 'a', 'b')
  await until(() => taken.length === 1)
  log.write(firstFile, 'meta')
  await runner.close()
  assert.deepEqual([taken, saved], [[0], [0, 0]])
})
