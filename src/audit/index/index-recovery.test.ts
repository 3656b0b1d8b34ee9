import assert from 'node:assert/strict'
import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import type { EventPage } from './event-query.ts'
import { allIds, day, idsOf, indexedLog, lineOf, part, today, tomorrow } from './indexed-log.test.ts'

// The index after damage, loss and retention.

test('a segment with any flipped bit is found, and made again from the log', async t => {
  const { openIndex, append, queryOf, by, indexDirectory } = indexedLog(t)
  append(
    today,
    Array.from({ length: 10 }, (_, n) => lineOf({ time: day + n, user: n === 4 ? 'bob' : 'alice' })),
  )
  append(tomorrow, [lineOf({ time: day + 86_400 })])
  const whole = openIndex()
  const expected = await allIds(whole, queryOf())
  await whole.close()
  const [name = ''] = readdirSync(indexDirectory)
  const path = join(indexDirectory, name)
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

test('an index that is deleted, is of a different log or has strange files is made again', async t => {
  const { openIndex, append, queryOf, by, expectedIds, logDirectory, indexDirectory } = indexedLog(t)
  append(
    today,
    Array.from({ length: 25 }, (_, n) => lineOf({ time: day + n })),
  )
  append(tomorrow, [lineOf({ time: day + 86_400 })])
  const first = openIndex()
  await allIds(first, queryOf())
  // Files that vanish while it runs are made again.
  const names = readdirSync(indexDirectory)
  for (const name of names) rmSync(join(indexDirectory, name))
  assert.deepEqual(
    await allIds(first, queryOf()),
    expectedIds(() => true),
  )
  assert.deepEqual(readdirSync(indexDirectory), names)
  await first.close()
  rmSync(join(logDirectory, today))
  append(
    today,
    Array.from({ length: 30 }, (_, n) => lineOf({ time: day + n, user: 'bob' })),
  )
  writeFileSync(join(indexDirectory, 'keyward-2026-11-23.000000.idx'), 'old')
  writeFileSync(join(indexDirectory, 'keyward-2026-11-24.000000.idx.new'), 'torn')
  const next = openIndex()
  assert.deepEqual(
    await allIds(next, by('Username', 'bob')),
    expectedIds((_, line) => line.includes('"bob"')),
  )
  assert.deepEqual(readdirSync(indexDirectory).length, 3)
})

test('retention may delete files of the log at any time', async t => {
  const { problems, openIndex, append, queryOf, expectedIds, logDirectory, indexDirectory } = indexedLog(t)
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
  rmSync(join(logDirectory, today))
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
  const names = readdirSync(indexDirectory)
  assert.deepEqual(
    names.filter(name => !name.includes('p0001') && name.startsWith('keyward-2026-11-24')),
    [],
  )
  assert.deepEqual(problems, [])
})

test('a page that would wait too long for the index is short, and the next pages have the rest', async t => {
  const { openIndex, append, queryOf, expectedIds } = indexedLog(t)
  append(
    today,
    Array.from({ length: 30 }, (_, n) => lineOf({ time: day + n })),
  )
  append(
    tomorrow,
    Array.from({ length: 5 }, (_, n) => lineOf({ time: day + (n === 0 ? 86_400 : 90_100 + n) })),
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

test('the index says how much of the log it lacks', async t => {
  const { openIndex, append } = indexedLog(t)
  const { bytes: older } = append(
    today,
    Array.from({ length: 30 }, (_, n) => lineOf({ time: day + n })),
  )
  const indexer = openIndex()
  assert.equal(indexer.missingBytes(), 0)
  const batch = append(tomorrow, [lineOf({ time: day + 86_400 })])
  indexer.add(batch)
  const seen: number[] = []
  for (let turns = 0; turns < 1000 && seen.at(-1) !== 0; turns++) {
    seen.push(indexer.missingBytes())
    await new Promise(resolve => setImmediate(resolve))
  }
  assert.equal(seen[0], batch.bytes.length)
  assert.ok(seen.includes(older.length), `${seen} without the ${older.length} bytes of the older file`)
  assert.equal(seen.at(-1), 0)
})

test('a page shows no member that only the durable log may show', async t => {
  const { openIndex, append, queryOf } = indexedLog(t)
  const line = lineOf()
  append(today, [`${line.slice(0, -1)},"keyward":{"reason":"no policy allows it"}}`])
  assert.deepEqual(await openIndex().lookup(queryOf()), { lines: [line] })
})
