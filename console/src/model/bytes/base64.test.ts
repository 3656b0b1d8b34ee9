import assert from 'node:assert/strict'
import { test } from 'node:test'
import { readBase64, toBase64 } from './base64.ts'

test('the test vectors of RFC 4648, 10', () => {
  for (const [text, encoded] of [
    ['', ''],
    ['f', 'Zg=='],
    ['fo', 'Zm8='],
    ['foo', 'Zm9v'],
    ['foobar', 'Zm9vYmFy'],
  ] as const) {
    assert.equal(toBase64(Buffer.from(text)), encoded)
    assert.deepEqual(Buffer.from(readBase64(encoded) ?? []), Buffer.from(text))
  }
})

test('Base64 has ends of lines as programs write them, or no padding, and no other characters', () => {
  for (const text of [' Zm9v\r\nYmFy\n', 'Zm9vYmFy'])
    assert.deepEqual(Buffer.from(readBase64(text) ?? []), Buffer.from('foobar'))
  assert.deepEqual(Buffer.from(readBase64('Zm8') ?? []), Buffer.from('fo'))
  for (const wrong of ['Z', 'Z===', 'Zm9_', 'Zm9v!', 'é']) assert.equal(readBase64(wrong), undefined, wrong)
})
