import assert from 'node:assert/strict'
import { test } from 'node:test'
import { shownText } from './shown-text.ts'

test('a text from outside is shown on one line, and commands no terminal', () => {
  assert.equal(
    shownText('keyward.age is whole.\r\nStill the same\nline'),
    'keyward.age is whole. Still the same line',
  )
  assert.equal(shownText('\u001b[2K\u0007a\u0000b\u009b1m'), '\\u{1b}[2K\\u{7}a\\u{0}b\\u{9b}1m')
  // A right-to-left override turns what follows around (Unicode Standard Annex 9).
  assert.equal(shownText('whole\u202eelohw ton\u2066'), 'whole\\u{202e}elohw ton\\u{2066}')
  assert.equal(shownText('a\u2028b\ud800'), 'a b\\u{d800}')
})

test('texts of people stay as they are', () => {
  for (const text of ['Grüße, Ἀθῆναι – 東京 «x»', '🔑 s3://bucket/key', 'C:\\u{1b}'])
    assert.equal(shownText(text), text)
})
