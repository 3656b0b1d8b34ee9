import assert from 'node:assert/strict'
import { readdirSync, rmSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import fc from 'fast-check'
import { uuid } from '../../std/index.ts'
import type { LookupKey } from './event-query.ts'
import {
  account,
  allIds,
  day,
  idsOf,
  indexedLog,
  keyId,
  lineOf,
  other,
  part,
  region,
  today,
  tomorrow,
} from './indexed-log.test.ts'

// The index against a search through all lines.

test('every attribute finds its records of the account and Region, the newest first', async t => {
  const { problems, openIndex, append, queryOf, by, expectedIds } = indexedLog(t)
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

test('an account finds no record of a different account by any attribute', async t => {
  const { openIndex, append, queryOf, by } = indexedLog(t)
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

test('times of a query belong to its range, and records without order are found in the order of their times', async t => {
  const { openIndex, append, queryOf, expectedIds } = indexedLog(t)
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

test('the index reads from the files what it was not given, and parts of a day follow each other', async t => {
  const { openIndex, append, queryOf, expectedIds, indexDirectory } = indexedLog(t)
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
  const names = readdirSync(indexDirectory).sort()
  assert.deepEqual(names.filter(name => name.includes('p0001')).length, 3)
  assert.equal(names.filter(name => name.startsWith('keyward-2026-11-25')).length, 0)
  const times = names.map(name => statSync(join(indexDirectory, name)).mtimeMs)
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
    names.map(name => statSync(join(indexDirectory, name)).mtimeMs),
    times,
  )
})

test('batches that come twice, late or not at all leave the same index', async t => {
  const { problems, openIndex, append, queryOf, expectedIds, logDirectory, indexDirectory } = indexedLog(t)
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.constantFrom('given', 'lost', 'twice', 'looked up'), { maxLength: 40 }),
      async steps => {
        for (const name of readdirSync(logDirectory)) rmSync(join(logDirectory, name))
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
        rmSync(indexDirectory, { recursive: true })
      },
    ),
    { numRuns: 40 },
  )
  assert.deepEqual(problems, [])
})

test('a lookup sees each record that was written before it', async t => {
  const { openIndex, append, queryOf } = indexedLog(t)
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

test('lookups beside appends see all that was there, once', async t => {
  const { openIndex, append, queryOf, expectedIds } = indexedLog(t)
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
