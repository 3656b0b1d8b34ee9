import assert from 'node:assert/strict'
import {
  appendFileSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, test } from 'node:test'
import fc from 'fast-check'
import { systemClock, uuid } from '../../std/index.ts'
import type { EventPage, EventQuery, LookupKey } from './event-query.ts'
import { Indexer, type IndexerOptions } from './indexer.ts'

// The index against a search through all lines. Segments are small, so that a test has many.

const account = '111122223333'
const other = '444455556666'
const region = 'us-east-1'
const day = Date.parse('2026-11-24T00:00:00Z') / 1000
const today = 'keyward-2026-11-24.jsonl'
const part = 'keyward-2026-11-24.p0001.jsonl'
const tomorrow = 'keyward-2026-11-25.jsonl'
const keyId = '1234abcd-12ab-34cd-56ef-1234567890ab'

let root: string
let directories: Pick<IndexerOptions, 'logDirectory' | 'indexDirectory'>
let problems: unknown[]
let opened: Indexer[]

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'keyward-index-'))
  directories = { logDirectory: join(root, 'audit'), indexDirectory: join(root, 'audit-index') }
  mkdirSync(directories.logDirectory)
  problems = []
  opened = []
})
afterEach(async () => {
  for (const indexer of opened) await indexer.close()
  rmSync(root, { recursive: true })
})

function openIndex(changes: Partial<IndexerOptions> = {}): Indexer {
  const onProblem = (error: unknown) => problems.push(error)
  const indexer = Indexer.open({
    ...directories,
    clock: systemClock,
    segmentRecords: 10,
    onProblem,
    ...changes,
  })
  opened.push(indexer)
  return indexer
}

interface Fields {
  readonly time?: number
  readonly accountId?: string
  readonly region?: string
  readonly eventName?: string
  readonly user?: string
  readonly isReadOnly?: boolean
  readonly key?: string
  readonly eventId?: string
}

/** A record with its members in the order of CloudTrail's. */
function lineOf(fields: Fields = {}): string {
  const { time = day, accountId = account, eventName = 'Decrypt', user = 'alice', key = keyId } = fields
  const { isReadOnly = true, eventId = uuid(), region: awsRegion = region } = fields
  const ARN = `arn:aws:kms:${awsRegion}:${accountId}:key/${key}`
  return JSON.stringify({
    eventVersion: '1.11',
    userIdentity: { type: 'IAMUser', accountId, accessKeyId: `AKIA${user.toUpperCase()}`, userName: user },
    eventTime: `${new Date(time * 1000).toISOString().slice(0, 19)}Z`,
    ...{
      eventSource: 'kms.amazonaws.com',
      eventName,
      awsRegion,
      sourceIPAddress: '127.0.0.1',
      userAgent: 'x',
    },
    requestParameters: { encryptionContext: { eventID: uuid(), readOnly: 'false', keyward: '{' } },
    ...{ responseElements: null, requestID: uuid(), eventID: eventId, readOnly: isReadOnly },
    resources: [{ accountId, type: 'AWS::KMS::Key', ARN }],
    ...{ eventType: 'AwsApiCall', managementEvent: true, recipientAccountId: accountId },
    eventCategory: 'Management',
  })
}

/** Appends lines to a log file, and returns them as the batch of one write. */
function append(file: string, lines: readonly string[]) {
  const path = join(directories.logDirectory, file)
  const offset = statSync(path, { throwIfNoEntry: false })?.size ?? 0
  const bytes = Buffer.from(lines.map(line => `${line}\n`).join(''))
  appendFileSync(path, bytes)
  return { file, offset, bytes }
}

function endOfLog() {
  const file = readdirSync(directories.logDirectory).sort().at(-1) ?? today
  return { stream: 'one', file, offset: statSync(join(directories.logDirectory, file)).size }
}

function queryOf(changes: Partial<EventQuery> = {}): EventQuery {
  const range = { from: (day - 90 * 86_400) * 1000, to: (day + 3 * 86_400) * 1000 }
  return { scope: { accountId: account, region }, ...range, limit: 50, durable: endOfLog(), ...changes }
}

const by = (key: LookupKey, value: string) => queryOf({ attribute: { key, value } })
const idsOf = ({ lines }: EventPage) => lines.map(line => (JSON.parse(line) as { eventID: string }).eventID)

/** The event ids of all pages of a query. */
async function allIds(indexer: Indexer, query: EventQuery): Promise<string[]> {
  const ids: string[] = []
  for (let before = query.before; ; ) {
    const page = await indexer.lookup({ ...query, ...(before && { before }) })
    ids.push(...idsOf(page))
    if (page.next === undefined) return ids
    before = page.next
  }
}

/** The event ids that a search through all lines of the log finds, in the order of pages. */
function expectedIds(isWanted: (record: Record<string, unknown>, line: string) => boolean): string[] {
  const found = readdirSync(directories.logDirectory)
    .sort()
    .flatMap(name => readFileSync(join(directories.logDirectory, name), 'utf8').split('\n'))
    .filter(line => line.startsWith('{"eventVersion"'))
    .map((line, place) => ({ record: JSON.parse(line) as Record<string, string>, line, place }))
    .filter(({ record }) => record['recipientAccountId'] === account && record['awsRegion'] === region)
    .filter(({ record, line }) => isWanted(record, line))
  const time = (record: Record<string, string>) => Date.parse(record['eventTime'] ?? '')
  found.sort((a, b) => time(b.record) - time(a.record) || b.place - a.place)
  return found.map(({ record }) => record['eventID'] ?? '')
}

test('every attribute finds its records of the account and Region, the newest first', async () => {
  const indexer = openIndex()
  const users = ['alice', 'bob', 'carol']
  const lines = Array.from({ length: 95 }, (_, n) =>
    lineOf({
      time: day + Math.floor(n / 4),
      accountId: n % 7 === 3 ? other : account,
      region: n % 11 === 5 ? 'eu-west-1' : region,
      eventName: n % 2 === 0 ? 'Decrypt' : 'Encrypt',
      user: users[n % 3] ?? '',
      isReadOnly: n % 5 !== 0,
      key: `${keyId.slice(0, -2)}${10 + (n % 4)}`,
    }),
  )
  const meta = '{"auditBlock":{"stream":"one","block":1,"sealed":0}}'
  for (let n = 0; n < lines.length; n += 3) indexer.add(append(today, [meta, ...lines.slice(n, n + 3)]))
  const hasText = (text: string) => expectedIds((_, line) => line.includes(text))
  assert.deepEqual(await allIds(indexer, queryOf({ limit: 7 })), hasText(''))
  assert.deepEqual(await allIds(indexer, by('EventName', 'Encrypt')), hasText('"eventName":"Encrypt"'))
  assert.deepEqual(await allIds(indexer, by('EventSource', 'kms.amazonaws.com')), hasText(''))
  assert.deepEqual(await allIds(indexer, by('ReadOnly', 'false')), hasText('"readOnly":false'))
  assert.deepEqual(await allIds(indexer, by('Username', 'bob')), hasText('"userName":"bob"'))
  assert.deepEqual(await allIds(indexer, by('AccessKeyId', 'AKIABOB')), hasText('AKIABOB'))
  assert.deepEqual(await allIds(indexer, by('ResourceType', 'AWS::KMS::Key')), hasText(''))
  const key = `${keyId.slice(0, -2)}12`
  assert.deepEqual(await allIds(indexer, by('ResourceName', key)), hasText(key))
  const arn = `arn:aws:kms:${region}:${account}:key/${key}`
  assert.deepEqual(await allIds(indexer, by('ResourceName', arn)), hasText(arn))
  for (const [id] of [hasText('').slice(3), hasText('').slice(-1)]) {
    assert.ok(id !== undefined)
    assert.deepEqual(await allIds(indexer, by('EventId', id)), [id])
  }
  for (const key of ['EventName', 'EventId', 'Username', 'ResourceName'] as const)
    assert.deepEqual(await indexer.lookup(by(key, 'decrypt')), { lines: [] })
  assert.deepEqual(problems, [])
})

test('an account finds no record of a different account by any attribute', async () => {
  const indexer = openIndex()
  const id = uuid()
  indexer.add(append(today, [lineOf({ accountId: other, eventId: id, user: 'mallory', eventName: 'Sign' })]))
  const scopes = [
    { accountId: account, region },
    { accountId: other, region: 'eu-west-1' },
  ]
  const attributes: [LookupKey, string][] = [
    ['EventId', id],
    ['EventName', 'Sign'],
    ['Username', 'mallory'],
    ['ResourceName', keyId],
    ['ReadOnly', 'true'],
  ]
  for (const scope of scopes) {
    for (const [key, value] of attributes)
      assert.deepEqual(await indexer.lookup({ ...by(key, value), scope }), { lines: [] })
    assert.deepEqual(await indexer.lookup(queryOf({ scope })), { lines: [] })
  }
  const scope = { accountId: other, region }
  for (const [key, value] of attributes)
    assert.deepEqual(idsOf(await indexer.lookup({ ...by(key, value), scope })), [id])
})

test('times of a query belong to its range, and records without order are found in the order of their times', async () => {
  const indexer = openIndex()
  const times = Array.from({ length: 64 }, (_, n) => day + ((n * 37) % 64))
  for (const time of times) indexer.add(append(today, [lineOf({ time })]))
  const between = (first: number, last: number) =>
    expectedIds(({ eventTime }) => {
      const time = Date.parse(String(eventTime)) / 1000
      return time >= day + first && time <= day + last
    })
  for (const [first, last] of [
    [0, 63],
    [10, 20],
    [63, 63],
    [64, 70],
    [0, 0],
  ] as const) {
    const range = { from: (day + first) * 1000, to: (day + last) * 1000 }
    assert.deepEqual(await allIds(indexer, queryOf({ ...range, limit: 9 })), between(first, last))
  }
})

test('the index reads from the files what it was not given, and parts of a day follow each other', async () => {
  append(
    today,
    Array.from({ length: 33 }, (_, n) => lineOf({ time: day + n })),
  )
  append(
    part,
    Array.from({ length: 27 }, (_, n) => lineOf({ time: day + 33 + n })),
  )
  append(tomorrow, [lineOf({ time: day + 86_400 })])
  const first = openIndex()
  assert.deepEqual(
    await allIds(first, queryOf()),
    expectedIds(() => true),
  )
  await first.close()
  const names = readdirSync(directories.indexDirectory).sort()
  assert.deepEqual(names.filter(name => name.includes('p0001')).length, 3)
  assert.equal(names.filter(name => name.startsWith('keyward-2026-11-25')).length, 0)
  const times = names.map(name => statSync(join(directories.indexDirectory, name)).mtimeMs)
  // A restart continues with the same files.
  append(
    tomorrow,
    Array.from({ length: 14 }, (_, n) => lineOf({ time: day + 86_400 + n })),
  )
  const next = openIndex()
  next.add(append(tomorrow, [lineOf({ time: day + 90_000 })]))
  assert.deepEqual(
    await allIds(next, queryOf()),
    expectedIds(() => true),
  )
  assert.deepEqual(
    names.map(name => statSync(join(directories.indexDirectory, name)).mtimeMs),
    times,
  )
})

test('batches that come twice, late or not at all leave the same index', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.constantFrom('given', 'lost', 'twice', 'looked up'), { maxLength: 40 }),
      async steps => {
        for (const name of readdirSync(directories.logDirectory)) rmSync(join(directories.logDirectory, name))
        const indexer = openIndex({ segmentRecords: 4 })
        append(today, [])
        for (const [n, step] of steps.entries()) {
          const batch = append(n < 15 ? today : n < 25 ? part : tomorrow, [
            lineOf({ time: day + n }),
            lineOf({ time: day + n }),
          ])
          if (step !== 'lost') indexer.add(batch)
          if (step === 'twice') indexer.add(batch)
          if (step === 'looked up')
            assert.deepEqual(idsOf(await indexer.lookup(queryOf())), expectedIds(() => true).slice(0, 50))
        }
        assert.deepEqual(
          await allIds(indexer, queryOf()),
          expectedIds(() => true),
        )
        await indexer.close()
        rmSync(directories.indexDirectory, { recursive: true })
      },
    ),
    { numRuns: 40 },
  )
  assert.deepEqual(problems, [])
})

test('a lookup sees each record that was written before it', async () => {
  const indexer = openIndex()
  const ids = []
  for (let n = 0; n < 120; n++) {
    const eventId = uuid()
    ids.push(eventId)
    const batch = append(today, [lineOf({ time: day + n, eventId })])
    if (n % 3 === 0) indexer.add(batch)
    assert.deepEqual(idsOf(await indexer.lookup({ ...queryOf(), limit: 1 })), [eventId])
    if (n % 3 === 1) indexer.add(batch)
  }
  assert.deepEqual(await allIds(indexer, queryOf()), ids.reverse())
})

test('lookups beside appends see all that was there, once', async () => {
  const indexer = openIndex()
  const write = async () => {
    for (let n = 0; n < 200; n++) {
      indexer.add(append(n < 100 ? today : part, [lineOf({ time: day + n })]))
      await new Promise(resolve => setImmediate(resolve))
    }
  }
  append(today, [lineOf()])
  const writing = write()
  for (let round = 0; round < 40; round++) {
    const before = expectedIds(() => true)
    const ids = await allIds(indexer, queryOf({ limit: 13 }))
    assert.deepEqual(ids.slice(-before.length), before)
    assert.equal(new Set(ids).size, ids.length)
  }
  await writing
})

test('a segment with any flipped bit is found, and made again from the log', async () => {
  append(
    today,
    Array.from({ length: 10 }, (_, n) => lineOf({ time: day + n, user: n === 4 ? 'bob' : 'alice' })),
  )
  append(tomorrow, [lineOf({ time: day + 86_400 })])
  const whole = openIndex()
  const expected = await allIds(whole, queryOf())
  await whole.close()
  const [name = ''] = readdirSync(directories.indexDirectory)
  const path = join(directories.indexDirectory, name)
  const good = readFileSync(path)
  const flipped = (bit: number) => {
    const bytes = Buffer.from(good)
    bytes[bit >> 3] = (bytes[bit >> 3] ?? 0) ^ (1 << (bit & 7))
    return bytes
  }
  for (let bit = 3; bit < 8 * good.length; bit += 61) {
    // While it runs, and before it starts.
    const running = openIndex()
    assert.equal((await running.lookup(by('Username', 'bob'))).lines.length, 1)
    writeFileSync(path, flipped(bit))
    assert.equal((await running.lookup(by('Username', 'bob'))).lines.length, 1, `bit ${bit}`)
    assert.deepEqual(await allIds(running, queryOf()), expected)
    await running.close()
    writeFileSync(path, flipped(bit))
    const starting = openIndex()
    assert.deepEqual(await allIds(starting, queryOf()), expected, `bit ${bit}`)
    await starting.close()
    assert.deepEqual(readFileSync(path), good)
  }
  writeFileSync(path, good.subarray(0, 5))
  assert.deepEqual(await allIds(openIndex(), queryOf()), expected)
  assert.deepEqual(readFileSync(path), good)
})

test('an index that is deleted, is of a different log or has strange files is made again', async () => {
  append(
    today,
    Array.from({ length: 25 }, (_, n) => lineOf({ time: day + n })),
  )
  append(tomorrow, [lineOf({ time: day + 86_400 })])
  const first = openIndex()
  await allIds(first, queryOf())
  // Files that vanish while it runs are made again.
  const names = readdirSync(directories.indexDirectory)
  for (const name of names) rmSync(join(directories.indexDirectory, name))
  assert.deepEqual(
    await allIds(first, queryOf()),
    expectedIds(() => true),
  )
  assert.deepEqual(readdirSync(directories.indexDirectory), names)
  await first.close()
  rmSync(join(directories.logDirectory, today))
  append(
    today,
    Array.from({ length: 30 }, (_, n) => lineOf({ time: day + n, user: 'bob' })),
  )
  writeFileSync(join(directories.indexDirectory, 'keyward-2026-11-23.000000.idx'), 'old')
  writeFileSync(join(directories.indexDirectory, 'keyward-2026-11-24.000000.idx.new'), 'torn')
  const next = openIndex()
  assert.deepEqual(
    await allIds(next, by('Username', 'bob')),
    expectedIds((_, line) => line.includes('"bob"')),
  )
  assert.deepEqual(readdirSync(directories.indexDirectory).length, 3)
})

test('retention may delete files of the log at any time', async () => {
  const indexer = openIndex()
  for (const [file, start] of [
    [today, 0],
    [part, 30],
    [tomorrow, 86_400],
  ] as const)
    for (let n = 0; n < 30; n += 3)
      indexer.add(
        append(
          file,
          [0, 1, 2].map(m => lineOf({ time: day + start + n + m })),
        ),
      )
  const first = await indexer.lookup(queryOf({ limit: 40 }))
  rmSync(join(directories.logDirectory, today))
  assert.ok(first.next !== undefined)
  const rest = await allIds(indexer, queryOf({ before: first.next }))
  assert.deepEqual(
    [...idsOf(first), ...rest],
    expectedIds(() => true),
  )
  assert.deepEqual(
    await allIds(indexer, queryOf()),
    expectedIds(() => true),
  )
  const names = readdirSync(directories.indexDirectory)
  assert.deepEqual(
    names.filter(name => !name.includes('p0001') && name.startsWith('keyward-2026-11-24')),
    [],
  )
  assert.deepEqual(problems, [])
})

test('a page that would wait too long for the index is short, and the next pages have the rest', async () => {
  append(
    today,
    Array.from({ length: 30 }, (_, n) => lineOf({ time: day + n })),
  )
  append(
    tomorrow,
    Array.from({ length: 5 }, (_, n) => lineOf({ time: day + 90_100 + n })),
  )
  const indexer = openIndex({ waitMaxMillis: 0 })
  const pages: EventPage[] = []
  for (let before = queryOf().before; pages.length < 10_000; before = pages.at(-1)?.next) {
    pages.push(await indexer.lookup(queryOf({ limit: 50, ...(before && { before }) })))
    if (pages.at(-1)?.next === undefined) break
    await new Promise(resolve => setImmediate(resolve))
  }
  assert.deepEqual(pages[0]?.lines, [])
  assert.ok(pages.length > 2)
  assert.deepEqual(
    pages.flatMap(idsOf),
    expectedIds(() => true),
  )
})

test('a page shows no member that only the durable log may show', async () => {
  const line = lineOf()
  append(today, [`${line.slice(0, -1)},"keyward":{"reason":"no policy allows it"}}`])
  assert.deepEqual(await openIndex().lookup(queryOf()), { lines: [line] })
})
