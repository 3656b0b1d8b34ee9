import assert from 'node:assert/strict'
import { test } from 'node:test'
import { loadConfig } from '../../../src/app/config/config.ts'
import { sinkCursorName } from '../../../src/app/parts/log-readers.ts'
import { firstNeededFile } from '../../../src/app/parts/needed-files.ts'
import { chainOf } from '../../../src/store/contract/trail-rows.test.ts'
import { temporaryDirectory } from '../../fixtures/keyward-process.ts'
import { openTestStore } from '../../fixtures/test-store.ts'

const sinks = [
  { name: 'kept', type: 'stdout' },
  { name: 'new', type: 'stdout' },
]
const config = loadConfig({ audit: JSON.stringify({ sinks }) }, {})
const at = (day: number) => ({ stream: 's', file: `keyward-2026-11-${day}.jsonl`, offset: 1 })

test('the oldest file that a sink, a trail or the server has not read is needed, and no file of a sink that is gone', async t => {
  const store = await openTestStore(`${temporaryDirectory()}/keyward.db`)
  t.after(() => store.close())
  const needed = () => firstNeededFile(store, config, 's')
  assert.equal(await needed(), undefined)
  await store.write(writer => writer.auditCursors.put(sinkCursorName('gone'), at(10)))
  assert.equal(await needed(), undefined)
  await store.write(writer => writer.auditCursors.put(sinkCursorName('kept'), at(25)))
  assert.equal(await needed(), at(25).file)
  await store.write(writer => writer.auditCursors.put('usage', at(24)))
  assert.equal(await needed(), at(24).file)
  await store.write(writer =>
    writer.trailChains.put(chainOf('t', 'us-east-1', { cursors: [at(23)], dueAt: 1 })),
  )
  assert.equal(await needed(), at(23).file)
  // A trail whose delivery fails holds nothing back, or every account could fill the disk.
  const failing = { attemptedAt: 1, deliveredAt: undefined, error: 'AccessDenied' }
  const older = { cursors: [at(20)], dueAt: 1 }
  await store.write(writer =>
    writer.trailChains.put(chainOf('f', 'us-east-1', { ...older, logFiles: failing })),
  )
  await store.write(writer =>
    writer.trailChains.put(chainOf('g', 'us-east-1', { ...older, digests: failing })),
  )
  assert.equal(await needed(), at(23).file)
  // A place in a log that was replaced holds back nothing if the reader has one in the new log, and all of that log if not.
  const replaced = { ...at(10), stream: 'old' }
  await store.write(writer => writer.auditCursors.put(sinkCursorName('kept'), replaced))
  assert.equal(await needed(), at(23).file)
  await store.write(writer => writer.auditCursors.put(sinkCursorName('new'), replaced))
  assert.equal(await needed(), '')
})
