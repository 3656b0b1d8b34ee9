import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { test } from 'node:test'
import { argon2id as nobleArgon2id } from '@noble/hashes/argon2.js'
import { argon2id } from './argon2.ts'

test('derives the tag of the test vector of RFC 9106, 5.3', async () => {
  const tag = await argon2id(
    Buffer.alloc(32, 1),
    Buffer.alloc(16, 2),
    { memoryKiB: 32, passes: 3, lanes: 4 },
    { secret: Buffer.alloc(8, 3), associatedData: Buffer.alloc(12, 4) },
  )
  assert.equal(tag.toString('hex'), '0d640df58d78766c08c037a34a8b53c9d01ef0452d75b65eb52520e96b01e659')
})

test('derives what noble derives, at several costs', async () => {
  for (const [memoryKiB, passes, lanes] of [
    [64, 1, 1],
    [128, 2, 4],
    [96, 3, 3],
  ] as const) {
    const [passphrase, salt] = [randomBytes(20), randomBytes(16)]
    const own = await argon2id(passphrase, salt, { memoryKiB, passes, lanes })
    const other = nobleArgon2id(passphrase, salt, { m: memoryKiB, t: passes, p: lanes, dkLen: 32 })
    assert.deepEqual(own, Buffer.from(other))
  }
})
