import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { readdirSync, statfsSync, statSync } from 'node:fs'
import { join } from 'node:path'
import type { EventPage, EventQuery, LookupKey } from '../../src/audit/index/event-query.ts'
import { Indexer } from '../../src/audit/index/indexer.ts'
import { systemClock } from '../../src/std/index.ts'
import { type GeneratedLog, generateLog, rare, recordSizeBytes, region } from './generated-log.ts'
import { directoryVariable, makeWorkDirectory } from './work-directory.ts'

// Builds the index of a log of generated records, and measures lookups in it.

const warmRounds = 15

/** The time of one kind of lookup, in milliseconds. */
export interface LookupTimes {
  readonly name: string
  /** With nothing of the files in the memory of the system; undefined where that could not be made. */
  readonly cold: number | undefined
  /** The median and the maximum of further lookups. */
  readonly warm: number
  readonly warmMax: number
  /** The CPU time of a warm lookup, which other programs on the machine change less. */
  readonly warmCpu: number
}

export interface LookupFigures {
  readonly records: number
  readonly logBytesPerRecord: number
  readonly indexBytesPerRecord: number
  readonly buildCpuMicrosPerRecord: number
  readonly buildSeconds: number
  /** The start with the index in its files, up to the first answer. */
  readonly startMillis: number
  readonly startCpuMillis: number
  readonly lookups: readonly LookupTimes[]
}

/** `npm run long -- lookup [RECORDS]`. */
export async function runLookups([count = '10000000']: readonly string[]): Promise<void> {
  const records = Number(count)
  const { path: root, remove } = makeWorkDirectory('lookup')
  try {
    const needed = 1.2 * records * recordSizeBytes
    const { bavail, bsize } = statfsSync(root)
    if (bavail * bsize < needed) {
      const gibibytes = (bytes: number) => (bytes / 1024 ** 3).toFixed(1)
      console.error(
        `${root} has ${gibibytes(bavail * bsize)} GiB free, and the log needs ${gibibytes(needed)}. ` +
          `Set ${directoryVariable} to a directory with more.`,
      )
      process.exitCode = 1
      return
    }
    print(await measureLookups(root, records))
  } finally {
    remove()
  }
}

/** Measures lookups in a log that it makes in a directory, and checks each answer. */
export async function measureLookups(root: string, records: number): Promise<LookupFigures> {
  const [logDirectory, indexDirectory] = [join(root, 'audit'), join(root, 'audit-index')]
  const log = generateLog(logDirectory, records)
  const problems: unknown[] = []
  const open = () =>
    Indexer.open({
      logDirectory,
      indexDirectory,
      clock: systemClock,
      onProblem: error => problems.push(error),
    })
  const before = process.cpuUsage()
  const began = performance.now()
  const builder = open()
  await wholeAnswer(builder, queryOf(log, { from: 0, limit: 1 }))
  const buildCpuMillis = cpuMillisSince(before)
  const buildSeconds = (performance.now() - began) / 1000
  await builder.close()
  const started = performance.now()
  const cpuAtStart = process.cpuUsage()
  const indexer = open()
  await wholeAnswer(indexer, queryOf(log, { from: 0, limit: 1 }))
  const startMillis = performance.now() - started
  const startCpuMillis = cpuMillisSince(cpuAtStart)
  const lookups: LookupTimes[] = []
  for (const [name, query, check] of queries(log)) {
    const cold =
      forget(logDirectory) && forget(indexDirectory) ? await timed(indexer, query, check) : undefined
    const warm: number[] = []
    const cpuBefore = process.cpuUsage()
    for (let round = 0; round < warmRounds; round++) warm.push(await timed(indexer, query, check))
    const warmCpu = cpuMillisSince(cpuBefore) / warmRounds
    warm.sort((a, b) => a - b)
    lookups.push({ name, cold, warm: warm[warmRounds >> 1] ?? 0, warmMax: warm.at(-1) ?? 0, warmCpu })
  }
  await indexer.close()
  assert.deepEqual(problems, [])
  return {
    records,
    logBytesPerRecord: log.sizeBytes / records,
    indexBytesPerRecord: sizeOf(indexDirectory) / records,
    buildCpuMicrosPerRecord: (buildCpuMillis * 1000) / records,
    ...{ buildSeconds, startMillis, startCpuMillis, lookups },
  }
}

function cpuMillisSince(before: NodeJS.CpuUsage): number {
  const { user, system } = process.cpuUsage(before)
  return (user + system) / 1000
}

type Check = (page: EventPage) => void

/** The kinds of lookups, each with a check of its first page. */
function queries(log: GeneratedLog): [name: string, query: EventQuery, check: Check][] {
  const { records, account, rareCount } = log
  const numbers = [0.01, 0.5, 0.99].map(share => 16 * Math.floor((share * records) / 16))
  const hasCount =
    (count: number): Check =>
    ({ lines }) =>
      assert.equal(lines.length, Math.min(50, count))
  const by = (key: LookupKey, value: string, changes: Partial<EventQuery> = {}) =>
    queryOf(log, { attribute: { key, value }, ...changes })
  const [old = 0, middle = 0, recent = 0] = numbers
  const isOne: (number: number) => Check = number => page =>
    assert.deepEqual(idsOf(page), [log.eventIdOf(number)])
  const half = (log.from + log.to) / 2
  const everyLine =
    (text: string): Check =>
    page => {
      // A short run has fewer records of a key.
      assert.ok(page.lines.length === 50 || (records < 1e6 && page.lines.length > 0))
      for (const line of page.lines) assert.ok(line.includes(text))
    }
  return [
    ['EventId, old', by('EventId', log.eventIdOf(old)), isOne(old)],
    ['EventId, in the middle', by('EventId', log.eventIdOf(middle)), isOne(middle)],
    ['EventId, recent', by('EventId', log.eventIdOf(recent)), isOne(recent)],
    ['EventId, unknown', by('EventId', log.eventIdOf(-1)), hasCount(0)],
    ['Username, rare', by('Username', rare.user), hasCount(rareCount)],
    ['Username, of 500', by('Username', log.userOf(middle)), everyLine(log.userOf(middle))],
    ['Username, unknown', by('Username', 'nobody'), hasCount(0)],
    ['AccessKeyId, rare', by('AccessKeyId', rare.accessKeyId), hasCount(rareCount)],
    ['ResourceName, rare', by('ResourceName', rare.key), hasCount(rareCount)],
    ['ResourceName, of 3000', by('ResourceName', log.keyOf(middle)), everyLine(log.keyOf(middle))],
    ['EventName, rare', by('EventName', rare.eventName), hasCount(rareCount)],
    ['EventName, of 5', by('EventName', 'Sign'), everyLine('"Sign"')],
    ['ReadOnly, all records', by('ReadOnly', 'true'), hasCount(50)],
    ['ReadOnly, none', by('ReadOnly', 'false'), hasCount(0)],
    ['ResourceType, all records', by('ResourceType', 'AWS::KMS::Key'), hasCount(50)],
    ['no attribute', queryOf(log), everyLine(`"recipientAccountId":"${account}"`)],
    ['no attribute, to the middle', queryOf(log, { to: half * 1000 }), hasCount(50)],
    ['EventName of 5, to the middle', by('EventName', 'Sign', { to: half * 1000 }), everyLine('"Sign"')],
    [
      'a different account',
      { ...queryOf(log), scope: { accountId: '333344445555', region } },
      everyLine('333344445555'),
    ],
    [
      'an account without records',
      { ...queryOf(log), scope: { accountId: '999999999999', region } },
      hasCount(0),
    ],
  ]
}

function queryOf({ account, from, to, end }: GeneratedLog, changes: Partial<EventQuery> = {}): EventQuery {
  const scope = { accountId: account, region }
  return { scope, from: from * 1000, to: to * 1000, limit: 50, durable: end, ...changes }
}

const idsOf = ({ lines }: EventPage) => lines.map(line => (JSON.parse(line) as { eventID: string }).eventID)

/** Looks up until the index has answered for all of the log. */
async function wholeAnswer(indexer: Indexer, query: EventQuery): Promise<void> {
  const oldest = { ...query, to: query.from + 1 }
  for (;;) {
    const { next } = await indexer.lookup(oldest)
    if (next === undefined) return
  }
}

async function timed(indexer: Indexer, query: EventQuery, check: Check): Promise<number> {
  const began = performance.now()
  const page = await indexer.lookup(query)
  const millis = performance.now() - began
  check(page)
  return millis
}

/** Takes the files of a directory out of the memory of the system. GNU dd asks for that. */
function forget(directory: string): boolean {
  return readdirSync(directory).every(name => {
    const { status } = spawnSync('dd', [`if=${join(directory, name)}`, 'iflag=nocache', 'count=0'], {
      stdio: 'ignore',
    })
    return status === 0
  })
}

const sizeOf = (directory: string) =>
  readdirSync(directory).reduce((sum, name) => sum + statSync(join(directory, name)).size, 0)

function print(figures: LookupFigures): void {
  const { records, logBytesPerRecord, indexBytesPerRecord, buildCpuMicrosPerRecord, buildSeconds } = figures
  console.log(`${records} records of ${logBytesPerRecord.toFixed(0)} bytes`)
  console.log(`index: ${indexBytesPerRecord.toFixed(1)} bytes a record`)
  console.log(`build: ${buildCpuMicrosPerRecord.toFixed(2)} µs of CPU a record, ${buildSeconds.toFixed(1)} s`)
  const { startMillis, startCpuMillis } = figures
  console.log(`start: ${startMillis.toFixed(1)} ms, ${startCpuMillis.toFixed(1)} ms of CPU\n`)
  console.log('| lookup | cold, ms | warm, median, ms | warm, maximum, ms | warm, CPU, ms |')
  console.log('|---|---|---|---|---|')
  for (const { name, cold, warm, warmMax, warmCpu } of figures.lookups) {
    const times = [cold, warm, warmMax, warmCpu].map(time => time?.toFixed(1) ?? '-')
    console.log(`| ${name} | ${times.join(' | ')} |`)
  }
}
