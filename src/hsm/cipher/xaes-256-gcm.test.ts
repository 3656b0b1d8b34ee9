import assert from 'node:assert/strict'
import { createHash, createSecretKey } from 'node:crypto'
import { test } from 'node:test'
import { SealBroken } from '../problems.ts'
import { Xaes256Gcm } from './xaes-256-gcm.ts'

// c2sp.org/XAES-256-GCM, "Test vectors".
const vectors = [
  {
    key: '01'.repeat(32),
    associatedData: '',
    sealed: 'ce546ef63c9cc60765923609b33a9a1974e96e52daf2fcf7075e2271',
  },
  {
    key: '03'.repeat(32),
    associatedData: 'c2sp.org/XAES-256-GCM',
    sealed: '986ec1832593df5443a179437fd083bf3fdb41abd740a21f71eb769d',
  },
]
const nonce = Buffer.from('ABCDEFGHIJKLMNOPQRSTUVWX')

const cipherOf = (key: Uint8Array) => new Xaes256Gcm(createSecretKey(key))

for (const vector of vectors) {
  test(`the published vector of key ${vector.key.slice(0, 2)}… seals and opens`, () => {
    const cipher = cipherOf(Buffer.from(vector.key, 'hex'))
    const sealed = cipher.sealWithNonce(
      Buffer.from('XAES-256-GCM'),
      Buffer.from(vector.associatedData),
      nonce,
    )
    assert.equal(sealed.toString('hex'), nonce.toString('hex') + vector.sealed)
    assert.equal(cipher.open(sealed, Buffer.from(vector.associatedData)).toString(), 'XAES-256-GCM')
  })
}

test('each message has a nonce of its own', () => {
  const cipher = cipherOf(Buffer.alloc(32, 9))
  const sealed = Array.from({ length: 1500 }, () => cipher.seal(Buffer.of(1), Buffer.alloc(0)))
  assert.equal(new Set(sealed.map(bytes => bytes.toString('hex', 0, 24))).size, sealed.length)
  for (const bytes of sealed) assert.deepEqual(cipher.open(bytes, Buffer.alloc(0)), Buffer.of(1))
})

test('one object seals many messages of all lengths', () => {
  const cipher = cipherOf(createHash('sha256').update('k').digest())
  for (const length of [0, 1, 15, 16, 17, 31, 32, 4096, 100_000]) {
    const plaintext = Buffer.alloc(length, length)
    const associatedData = Buffer.from(`length ${length}`)
    assert.deepEqual(cipher.open(cipher.seal(plaintext, associatedData), associatedData), plaintext)
  }
})

test('a flipped bit, a cut or different associated data breaks the seal', () => {
  const cipher = cipherOf(Buffer.alloc(32, 7))
  const associatedData = Buffer.from('context')
  const sealed = cipher.seal(Buffer.from('secret'), associatedData)
  for (let bit = 0; bit < sealed.length * 8; bit++) {
    const altered = Buffer.from(sealed)
    altered[bit >> 3] = (altered[bit >> 3] ?? 0) ^ (1 << (bit & 7))
    assert.throws(() => cipher.open(altered, associatedData), SealBroken)
  }
  for (let length = 0; length < sealed.length; length++) {
    assert.throws(() => cipher.open(sealed.subarray(0, length), associatedData), SealBroken)
  }
  assert.throws(() => cipher.open(sealed, Buffer.from('contexT')), SealBroken)
  assert.throws(() => cipherOf(Buffer.alloc(32, 8)).open(sealed, associatedData), SealBroken)
})
