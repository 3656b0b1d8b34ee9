import assert from 'node:assert/strict'
import { test } from 'node:test'
import { SealBroken } from '../problems.ts'
import { unwrapKwp } from './unwrapping.ts'

test('KWP refuses fewer than two semiblocks, and parts of one (RFC 5649, 4.1 and 4.2)', () => {
  for (const size of [0, 1, 8, 15, 17, 20, 23, 25])
    assert.throws(() => unwrapKwp(Buffer.alloc(32, 1), Buffer.alloc(size, 1)), SealBroken, `${size} bytes`)
})
