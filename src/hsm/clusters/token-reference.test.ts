import assert from 'node:assert/strict'
import { test } from 'node:test'
import { randomBytes } from '../../std/index.ts'
import { SealBroken } from '../problems.ts'
import { decodeSealed, encodeSealed } from './token-ciphertext.ts'
import { decodeReference, encodeReference } from './token-reference.ts'

const customKeyStoreId = 'cks-1234567890abcdef0'
const sealedOf = (ivSize: number, size: number) => ({
  iv: randomBytes(ivSize),
  ciphertext: randomBytes(size + 16),
})

test('a ciphertext names its custom key store and its initialization vector', () => {
  for (const [ivSize, size] of [
    [12, 1],
    [12, 4096],
    [16, 32],
  ] as const) {
    const sealed = sealedOf(ivSize, size)
    const bytes = encodeSealed(customKeyStoreId, sealed)
    assert.equal(bytes.toString('hex', 0, 9), '1234567890abcdef00')
    assert.equal(bytes[9], ivSize)
    assert.equal(bytes.length, 10 + ivSize + size + 16)
    assert.deepEqual(decodeSealed(bytes), { customKeyStoreId, ...sealed })
  }
})

test('bytes that no HSM made are refused', () => {
  const whole = encodeSealed(customKeyStoreId, sealedOf(12, 1))
  const changed = (index: number, byte: number) => {
    const bytes = Buffer.from(whole)
    bytes[index] = byte
    return bytes
  }
  const wrong: Readonly<Record<string, Uint8Array>> = {
    nothing: Buffer.alloc(0),
    'no plaintext': whole.subarray(0, -1),
    'half an id': whole.subarray(0, 8),
    'a short initialization vector': changed(9, 11),
    'a long initialization vector': encodeSealed(customKeyStoreId, sealedOf(17, 1)),
    'no initialization vector': changed(9, 0),
    'an initialization vector longer than everything': changed(9, 255),
    'an 18th digit in the id': changed(8, 0x01),
    'a plaintext that Encrypt refuses': encodeSealed(customKeyStoreId, sealedOf(12, 4097)),
  }
  for (const [name, bytes] of Object.entries(wrong))
    assert.throws(() => decodeSealed(bytes), SealBroken, name)
})

test('a key token has the store, the kind and the check of a key, and nothing else', () => {
  for (const isShared of [true, false]) {
    const reference = { customKeyStoreId, isShared, check: sealedOf(12, 16) }
    const keyToken = encodeReference(reference)
    assert.deepEqual([...keyToken.subarray(0, 2)], [2, isShared ? 1 : 0])
    assert.deepEqual(decodeReference(keyToken), reference)
    for (const [index, byte] of [
      [0, 1],
      [1, 2],
      [11, 0],
    ] as const) {
      const damaged = Buffer.from(keyToken)
      damaged[index] = byte
      assert.throws(() => decodeReference(damaged), SealBroken)
    }
  }
})
