import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { copySecret, decodeBase64, decodeBase64Url, newSecret } from './bytes.ts'

const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/'
const hex = (bytes: Buffer | undefined) => bytes?.toString('hex')

describe('base64', () => {
  // RFC 4648 section 10.
  const published = {
    '': '',
    'Zg==': 'f',
    'Zm8=': 'fo',
    Zm9v: 'foo',
    'Zm9vYg==': 'foob',
    'Zm9vYmE=': 'fooba',
  }
  for (const [text, plain] of Object.entries({ ...published, Zm9vYmFy: 'foobar' })) {
    test(`the RFC's vector '${text}'`, () => {
      assert.equal(decodeBase64(text)?.toString(), plain)
    })
  }

  test("text that Node encodes is decoded to the same bytes as Node's decoder gives", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 100 }), bytes => {
        const text = Buffer.from(bytes).toString('base64')
        assert.equal(hex(decodeBase64(text)), hex(Buffer.from(text, 'base64')))
      }),
    )
  })

  test('a text of one group is accepted exactly when it is canonical', () => {
    // By definition a text is canonical when encoding its bytes gives the text back.
    for (const end of ['==', '=']) {
      for (const a of alphabet) {
        for (const b of alphabet) {
          const text = end === '=' ? `A${a}${b}=` : `${a}${b}==`
          const bytes = Buffer.from(text, 'base64')
          const expected = bytes.toString('base64') === text ? hex(bytes) : undefined
          assert.equal(hex(decodeBase64(text)), expected, text)
        }
      }
    }
  })

  test('the spare bits of the last group must be zero, also after other groups', () => {
    assert.equal(hex(decodeBase64('AAAAAA==')), '00000000')
    for (const text of ['AAAAAB==', 'AAAAAP==', 'AAAAAAB=', 'AAAAAAD=', 'Zh==', 'Zm9=']) {
      assert.equal(decodeBase64(text), undefined, text)
    }
  })

  const refused: Record<string, string> = {
    'no padding': 'Zg',
    'too little padding': 'Zg=',
    'too much padding': 'Zg===',
    'padding after a whole group': 'Zm9v====',
    'padding alone': '====',
    'one padding sign': '=',
    'two padding signs': '==',
    'one character and three padding signs': 'Z===',
    'one character too many': 'Zm9vY',
    'padding in the middle': 'Zg==Zg==',
    'padding before the text': '==Zg',
    'a space in the middle': 'Zm 9',
    'a leading space': ' Zm9',
    'a line end at the end': 'Zm9v\n',
    'a line end that makes the length right': 'Zm8\n',
    'a carriage return and a line end': 'Zm\r\n',
    'a tab': 'Zm\t9',
    'the URL alphabet': '-_-_',
    'a character above ASCII': 'Zm9é',
    'a character whose low byte is in the alphabet': `Zm9${String.fromCharCode(0x141)}`,
    'a full-width letter': 'Ｚm9v',
    'a zero character': 'Zm9\0',
    'a comma': 'Zm9,',
    'a data URL': 'data:;base64,AAAA',
  }
  for (const [name, text] of Object.entries(refused)) {
    test(`refuses ${name}`, () => {
      assert.equal(decodeBase64(text), undefined)
    })
  }

  test('encoding the bytes of an accepted text gives the text back', () => {
    const text = fc.string({
      unit: fc.oneof(
        fc.constantFrom(...alphabet),
        fc.constantFrom('=', '\n', ' ', '-', '_'),
        fc.constant('A'),
      ),
      maxLength: 24,
    })
    fc.assert(
      fc.property(text, candidate => {
        const bytes = decodeBase64(candidate)
        const again = Buffer.from(candidate, 'base64')
        assert.equal(hex(bytes), again.toString('base64') === candidate ? hex(again) : undefined)
      }),
      { numRuns: 20_000 },
    )
  })

  // If the time grew with the square of the size, these would not end within the time limit of the tests.
  test('large texts are decoded', () => {
    const text = Buffer.alloc(6_000_000, 7).toString('base64')
    assert.equal(decodeBase64(text)?.length, 6_000_000)
    assert.equal(decodeBase64(`${text.slice(0, -1)}\n`), undefined)
  })
})

describe('base64url', () => {
  test('text that Node encodes is decoded', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 100 }), bytes => {
        assert.equal(
          hex(decodeBase64Url(Buffer.from(bytes).toString('base64url'))),
          Buffer.from(bytes).toString('hex'),
        )
      }),
    )
  })

  // RFC 4648 sections 5 and 10, without padding.
  const published = {
    '': '',
    Zg: '66',
    Zm8: '666f',
    Zm9v: '666f6f',
    Zm9vYg: '666f6f62',
    '-_-_': 'fbffbf',
    _w: 'ff',
  }
  for (const [text, bytes] of Object.entries(published)) {
    test(`the RFC's '${text}'`, () => {
      assert.equal(hex(decodeBase64Url(text)), bytes)
    })
  }

  for (const text of ['Zg==', 'Zh', 'Zm9', 'Z', '+/+/', 'Zg\n', ' Zg', 'Z g', 'Zm9é', 'Zg=', '=', 'A=B']) {
    test(`refuses ${JSON.stringify(text)}`, () => {
      assert.equal(decodeBase64Url(text), undefined)
    })
  }
})

test('a copy of a secret has memory of its own', () => {
  const secret = Buffer.from('secret')
  const copy = copySecret(secret)
  secret.fill(0)
  assert.equal(copy.toString(), 'secret')
  assert.equal(copy.buffer.byteLength, copy.length)
  assert.deepEqual(newSecret(3), Buffer.alloc(3))
})
