import assert from 'node:assert/strict'
import { test } from 'node:test'
import { SealBroken } from '../problems.ts'
import { decodeExternal, encodeExternal } from './external-ciphertext.ts'

const parts = (ivSizeBytes: number, metadataSizeBytes: number, sizeBytes = 17) => ({
  innerNonce: Buffer.alloc(24, 5),
  initializationVector: Buffer.alloc(ivSizeBytes, 1),
  metadata: Buffer.alloc(metadataSizeBytes, 2),
  authenticationTag: Buffer.alloc(16, 3),
  ciphertext: Buffer.alloc(sizeBytes, 4),
})

test('the parts of a ciphertext come back, whatever their sizes', () => {
  for (const ivSizeBytes of [12, 16])
    for (const metadataSizeBytes of [0, 1, 20])
      for (const sizeBytes of [17, 4112]) {
        const given = parts(ivSizeBytes, metadataSizeBytes, sizeBytes)
        assert.deepEqual(decodeExternal(encodeExternal(given)), given)
      }
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
    // Data has 1 to 4,096 bytes, and the inner tag 16 (docs/ciphertext.md).
    encodeExternal(parts(12, 3, 16)),
    encodeExternal(parts(12, 3, 4113)),
  ]
  for (const bytes of [...wrong, Buffer.alloc(0), good.subarray(0, good.length - 17)])
    assert.throws(() => decodeExternal(bytes), SealBroken)
  for (let length = 0; length < 75; length++)
    assert.throws(() => decodeExternal(good.subarray(0, length)), SealBroken)
})
