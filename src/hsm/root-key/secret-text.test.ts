import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { test } from 'node:test'
import { decodeSecret, encodeSecret } from './secret-text.ts'

const alphabets = ['base64', 'base64url'] as const

test('writes and reads what Node writes, at all lengths', () => {
  for (const alphabet of alphabets) {
    for (let size = 0; size <= 70; size++) {
      const secret = randomBytes(size)
      const text = Buffer.from(secret.toString(alphabet))
      assert.deepEqual(encodeSecret(secret, alphabet), text)
      assert.deepEqual(decodeSecret(text, size, alphabet), secret)
    }
  }
})

test('refuses each other text: a character, the length, the padding, spare bits', () => {
  const text = Buffer.alloc(32, 0xa5).toString('base64')
  const wrong = [
    text.slice(0, -1),
    `${text}=`,
    `${text}AAAA`,
    text.replace('pa', 'p '),
    text.replace('p', '-'),
    text.replace(/.=$/, 'V='),
    '',
    `=${text.slice(1)}`,
  ]
  assert.ok(decodeSecret(Buffer.from(text), 32, 'base64'))
  for (const other of wrong) assert.equal(decodeSecret(Buffer.from(other), 32, 'base64'), undefined, other)
  assert.equal(decodeSecret(Buffer.from(text), 31, 'base64'), undefined)
  assert.equal(decodeSecret(Buffer.from(text), 33, 'base64'), undefined)
})
