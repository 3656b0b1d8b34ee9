import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { measureLookups } from './lookup.ts'

// The short form of `npm run long -- lookup`. Times depend on the machine, so only the answers and the size are checked.

test('every kind of lookup is right in a log of many records, and the index is small', async t => {
  const root = mkdtempSync(join(tmpdir(), 'keyward-lookup-'))
  t.after(() => rmSync(root, { recursive: true }))
  const { lookups, indexBytesPerRecord } = await measureLookups(root, 40_000)
  assert.equal(lookups.length, 20)
  assert.ok(indexBytesPerRecord < 30, `${indexBytesPerRecord} bytes a record`)
})
