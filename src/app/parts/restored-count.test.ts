import assert from 'node:assert/strict'
import { test } from 'node:test'
import { OperatorError } from '../../std/index.ts'
import { restoredCount } from './database-checks.ts'

const noon = Date.UTC(2026, 10, 30, 12)

test('a restore counts from more than an earlier restore reaches', () => {
  const first = restoredCount(40, noon)
  assert.equal(first, 1_796_040_000_000_000)
  // Ten minutes with 5000 changes a second.
  assert.ok(restoredCount(40, noon + 600_000) > first + 600 * 5000)
  // A backup of the restored server.
  assert.ok(restoredCount(first + 7, noon + 1000) > first + 7)
})

test('with a clock that is behind, each restore counts from a different number', () => {
  const count = restoredCount(0, Date.UTC(2100))
  const [first, second] = [restoredCount(count, noon), restoredCount(count, noon + 1000)]
  assert.ok(first >= count + 1_000_000_000 && second >= count + 1_000_000_000)
  assert.notEqual(first, second)
})

test('a count that no server reaches is refused', () => {
  assert.throws(() => restoredCount(Number.MAX_SAFE_INTEGER, noon), OperatorError)
})
