import assert from 'node:assert/strict'
import { truncateSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { newPlace, openChained, record } from '../../../test/fixtures/audit/chained-log.ts'
import { emptyChain } from '../chain/block-line.ts'
import { LogTail } from './log-tail.ts'

test('a log file that somebody has cut is an error, and no loop without an end', async t => {
  const place = newPlace(t)
  const { log, close } = await openChained(place)
  for (let i = 0; i < 5; i++) await log.append(record(i))
  const { stream, file, offset } = log.position
  truncateSync(join(place.directory, file), offset - 10)
  const sizes: number[] = []
  const start = { directory: place.directory, stream, sealed: emptyChain }
  const tail = new LogTail(start, ({ bytes }) => sizes.push(bytes.length))
  t.after(() => tail.close())
  await assert.rejects(tail.catchUp({ file, offset }), /is shorter than what was written to it/)
  // Whole lines before the cut are consumed.
  assert.ok((sizes[0] ?? 0) > 0)
  await close().catch(() => undefined)
})
