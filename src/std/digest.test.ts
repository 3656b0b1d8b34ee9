import assert from 'node:assert/strict'
import { createHash, createHmac } from 'node:crypto'
import { test } from 'node:test'
import fc from 'fast-check'
import { HmacSha256Key, hmacSha256 } from './digest.ts'

// RFC 4231, test cases 1 and 2: keys of at most one block.
const vectors = [
  {
    key: '0b'.repeat(20),
    data: '4869205468657265',
    mac: 'b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7',
  },
  {
    key: '4a656665',
    data: '7768617420646f2079612077616e7420666f72206e6f7468696e673f',
    mac: '5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843',
  },
]

for (const { key, data, mac } of vectors) {
  test(`HMAC-SHA-256 of RFC 4231, key ${key.slice(0, 8)}`, () => {
    const text = Buffer.from(data, 'hex').toString()
    assert.equal(hmacSha256(Buffer.from(key, 'hex'), text).toString('hex'), mac)
    assert.ok(new HmacSha256Key(Buffer.from(key, 'hex')).verifies(text, mac))
  })
}

test('a MAC agrees with OpenSSL for any key of at most one block and any text', () => {
  fc.assert(
    fc.property(
      fc.uint8Array({ maxLength: 64 }),
      fc.string({ unit: 'grapheme', maxLength: 1000 }),
      (key, data) => {
        const mac = createHmac('sha256', key).update(data).digest('hex')
        const held = new HmacSha256Key(Buffer.from(key))
        assert.ok(held.verifies(data, mac))
        assert.ok(held.verifies(data, mac), 'a second time')
      },
    ),
    { numRuns: 500 },
  )
})

test('any text other than the MAC itself is refused', () => {
  const held = new HmacSha256Key(Buffer.from('key'))
  const mac = createHmac('sha256', 'key').update('data').digest('hex')
  const others = [
    '',
    mac.toUpperCase(),
    mac.slice(1),
    `${mac}0`,
    `0${mac.slice(1)}`,
    '\u0130'.repeat(64),
    mac.replace(/.$/, 'é'),
  ]
  for (const other of others.filter(text => text !== mac)) assert.equal(held.verifies('data', other), false)
})

test('a wiped key verifies nothing, not even the MAC under zeros', () => {
  const held = new HmacSha256Key(Buffer.from('key'))
  const mac = createHmac('sha256', 'key').update('data').digest('hex')
  assert.ok(held.verifies('data', mac))
  held.wipe()
  const zeros = Buffer.alloc(64)
  const inner = createHash('sha256').update(zeros).update('data').digest()
  const ofZeros = createHash('sha256').update(zeros).update(inner).digest('hex')
  for (const other of [mac, ofZeros]) assert.equal(held.verifies('data', other), false)
})

test('a text that is shorter in bytes is refused after the MAC that it continues', () => {
  const held = new HmacSha256Key(Buffer.from('key'))
  const mac = createHmac('sha256', 'key').update('data').digest('hex')
  assert.ok(held.verifies('data', mac))
  // Two of its bytes do not fit, so that only 63 would be compared.
  assert.equal(held.verifies('data', `${mac.slice(0, 63)}\u0130`), false)
})
