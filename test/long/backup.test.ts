import assert from 'node:assert/strict'
import { test } from 'node:test'
import { temporaryDirectory } from '../fixtures/keyward-process.ts'
import { measureBackups } from './backup.ts'

// The short form of `npm run long -- backup`. Its times say nothing: the start of a process is most of them.

test('backups of a server with many keys are made and copied', async () => {
  const { sizeBytes, rounds } = await measureBackups(temporaryDirectory(), { keys: 100, rounds: 2 })
  assert.equal(rounds.length, 2)
  assert.ok(sizeBytes > 100_000)
})
