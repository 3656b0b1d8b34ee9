import assert from 'node:assert/strict'
import { test } from 'node:test'
import { temporaryDirectory } from '../fixtures/keyward-process.ts'
import { verify } from '../fixtures/stopped-database.ts'
import { measureRewrap } from './rewrap.ts'

// The short form of `npm run long -- rewrap`. Its latencies say nothing: they depend on what else the machine does.

test('all calls are answered while domain keys rotate, and the database verifies', async () => {
  const directory = temporaryDirectory()
  const run = { keys: 100, roundSeconds: 0.4, quietRounds: 1, hasTestClock: true }
  const { entities, loads } = await measureRewrap(directory, run)
  // A key, its alias, and the principal that its policy names.
  assert.ok(entities >= 300, `${entities} entities`)
  assert.ok(loads.full.during.size > 0)
  const { code, stdout } = await verify({ dataDirectory: `${directory}/data` })
  assert.equal(code, 0, stdout)
})
