import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { der } from '../../std/index.ts'
import { groupOfSession } from './session-group.ts'

/** An element of DER. */
const element = (tag: number, ...content: (number | Buffer)[]) =>
  der.tagged(tag, ...content.map(part => (typeof part === 'number' ? Buffer.of(part) : part)))

const integer = (...bytes: number[]) => element(0x02, ...bytes)
const secret = element(0x04, Buffer.alloc(200, 0xb3))

/** A session with the members of SSL_SESSION_ASN1 (OpenSSL, ssl/ssl_asn1.c), of which the tests read only the last. */
const sessionWith = (...group: Buffer[]) =>
  element(
    0x30,
    integer(1),
    integer(3, 4),
    element(0x04, 0x13, 0x02),
    secret,
    element(0xa1, integer(1)),
    ...group,
  )

test('the group of a session is its member 19, and no bytes that look like it', () => {
  assert.equal(groupOfSession(sessionWith(element(0xb3, integer(0x11, 0xec)))), 4588)
  assert.equal(groupOfSession(sessionWith(element(0xb3, integer(29)))), 29)
  assert.equal(groupOfSession(sessionWith(element(0xb2, integer(23)), element(0xb3, integer(24)))), 24)
  assert.equal(groupOfSession(sessionWith()), undefined)
})

test('a session that is encoded differently has no known group', () => {
  const whole = sessionWith(element(0xb3, integer(0x11, 0xec)))
  for (let length = 0; length < whole.length; length++) {
    assert.equal(groupOfSession(whole.subarray(0, length)), undefined, `cut after ${length} bytes`)
  }
  for (const [name, bytes] of Object.entries({
    'a byte after the end': Buffer.concat([whole, Buffer.of(0)]),
    'a set': Buffer.concat([Buffer.of(0x31), whole.subarray(1)]),
    'a text as group': sessionWith(element(0xb3, element(0x0c, 29))),
    'a negative group': sessionWith(element(0xb3, integer(0x91, 0xec))),
    'no group': sessionWith(element(0xb3, integer())),
    'two groups': sessionWith(element(0xb3, integer(29), integer(23))),
    'a large group': sessionWith(element(0xb3, integer(1, 0, 0, 0, 0))),
    'an indefinite length': Buffer.concat([Buffer.of(0x30, 0x80), whole.subarray(3), Buffer.of(0, 0)]),
    'a tag of two bytes': element(0x30, Buffer.of(0x1f, 0x01, 0), element(0xb3, integer(29))),
  })) {
    assert.equal(groupOfSession(bytes), undefined, name)
  }
})

test('no bytes make the parser fail', () => {
  const whole = sessionWith(element(0xb3, integer(0x11, 0xec)))
  const changed = fc
    .array(fc.tuple(fc.nat(whole.length - 1), fc.nat(255)), { maxLength: 4 })
    .map(changes => changes.reduce((bytes, [at, to]) => bytes.fill(to, at, at + 1), Buffer.from(whole)))
  fc.assert(
    fc.property(fc.oneof(fc.uint8Array({ maxLength: 300 }), changed), bytes => {
      const group = groupOfSession(Buffer.from(bytes))
      assert.ok(group === undefined || (Number.isInteger(group) && group >= 0))
    }),
    { numRuns: 20_000 },
  )
})
