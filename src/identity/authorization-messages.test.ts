import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { test } from 'node:test'
import { AuthorizationMessages } from './authorization-messages.ts'

/** Sealed with the name in front; in the server, the HSM seals them. */
const messages = new AuthorizationMessages({
  seal: (name, secret) => Buffer.concat([Buffer.from(name), secret]),
  open: (name, sealed) =>
    Buffer.from(sealed.subarray(0, name.length)).toString() === name
      ? Buffer.from(sealed.subarray(name.length))
      : undefined,
})
const account = '111122223333'
const day = 86_400_000

test('a message is decoded for its account, and for a day', () => {
  const message = messages.encode(account, 1000, ['{"a":1}']) ?? ''
  assert.equal(messages.decode(account, 1000 + day, message), '{"a":1}')
  assert.equal(messages.decode(account, 1001 + day, message), undefined)
  assert.equal(messages.decode('444455556666', 1000, message), undefined)
  assert.equal(messages.decode(account, 1000, `${message}=`), undefined)
})

test('all messages have one length, and the first text that fits is taken', () => {
  const long = randomBytes(3000).toString('base64')
  const short = messages.encode(account, 1, ['{}']) ?? ''
  const chosen = messages.encode(account, 1, [long, 'ü', 'later']) ?? ''
  assert.equal(chosen.length, short.length)
  assert.equal(messages.decode(account, 1, chosen), 'ü')
  assert.equal(messages.encode(account, 1, [long]), undefined)
  // It would fit, but compressing long texts costs too much.
  assert.equal(messages.encode(account, 1, ['x'.repeat(12_001)]), undefined)
})
