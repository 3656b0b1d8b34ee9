import assert from 'node:assert/strict'
import { test } from 'node:test'
import { SealBroken } from '../problems.ts'
import { decodeExternal, encodeExternal, externalOverheadBytes } from './external-ciphertext.ts'

const parts = (ivSizeBytes: number, metadataSizeBytes: number, sizeBytes = 5) => ({
  innerNonce: Buffer.alloc(24, 5),
  initializationVector: Buffer.alloc(ivSizeBytes, 1),
  metadata: Buffer.alloc(metadataSizeBytes, 2),
  authenticationTag: Buffer.alloc(16, 3),
  ciphertext: Buffer.alloc(sizeBytes, 4),
})

test('the parts of a ciphertext come back, whatever their sizes', () => {
  for (const ivSizeBytes of [12, 16])
    for (const metadataSizeBytes of [0, 1, 20]) {
      const given = parts(ivSizeBytes, metadataSizeBytes)
      const bytes = encodeExternal(given)
      assert.deepEqual(decodeExternal(bytes), given)
      assert.ok(bytes.length <= 24 + given.ciphertext.length + externalOverheadBytes)
    }
  assert.equal(encodeExternal(parts(16, 20)).length, 24 + 5 + externalOverheadBytes)
})

test('bytes that no encoding gives are refused', () => {
  const good = encodeExternal(parts(12, 3))
  const head = (...bytes: number[]) => Buffer.concat([Buffer.from(bytes), good.subarray(3)])
  const wrong = [
    head(0, 12, 3),
    head(2, 12, 3),
    head(1, 13, 3),
    head(1, 0, 3),
    head(1, 12, 21),
    head(1, 16, 20),
  ]
  for (const bytes of [...wrong, Buffer.alloc(0), good.subarray(0, good.length - 5)])
    assert.throws(() => decodeExternal(bytes), SealBroken)
  for (let length = 0; length < 59; length++)
    assert.throws(() => decodeExternal(good.subarray(0, length)), SealBroken)
})
