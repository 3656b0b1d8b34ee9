import assert from 'node:assert/strict'
import { test } from 'node:test'
import { isPrintable, textOf } from './printable.ts'

test('texts of people are printable', () => {
  for (const text of ['', 'Hello, world!', 'Grüße', '日本語', '😀 = ∑ €', 'e\u0301'])
    assert.ok(isPrintable(text), text)
})

test('characters that nobody sees, or that turn a text around, are not', () => {
  // Unicode Technical Standard 55, and the general categories C, Zl and Zp.
  for (const text of [
    '\0',
    '\n',
    '\u007f',
    '\u0085',
    '\u200b',
    '\u202e',
    '\u2066',
    '\u2028',
    '\ufeff',
    '\ud800',
  ])
    assert.ok(!isPrintable(`a${text}b`), JSON.stringify(text))
})

test('bytes are a text if they are UTF-8 of printable characters and lines', () => {
  assert.equal(textOf(Buffer.from('Grüße\n\tund mehr\r\n')), 'Grüße\n\tund mehr\r\n')
  for (const bytes of [[0xff], [0xc3], [0xed, 0xa0, 0x80], [0x00], [0xef, 0xbb, 0xbf, 0x61], [0x1b]])
    assert.equal(textOf(Uint8Array.from(bytes)), undefined)
})
