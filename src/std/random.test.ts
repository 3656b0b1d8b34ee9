import assert from 'node:assert/strict'
import { test } from 'node:test'
import { randomBytes, randomSecret, uuid } from './random.ts'

const uuids = Array.from({ length: 10_000 }, uuid)

test('a UUID has the form, the version and the variant of RFC 9562', () => {
  for (const text of uuids)
    assert.match(text, /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/)
})

test('no UUID comes twice', () => {
  assert.equal(new Set(uuids).size, uuids.length)
})

test('each of the other digits of a UUID takes all values about equally often', () => {
  const free = Array.from('xxxxxxxx-xxxx-vxxx-nxxx-xxxxxxxxxxxx').flatMap((place, i) =>
    place === 'x' ? [i] : [],
  )
  for (const place of free) {
    const counts = new Map<string, number>()
    for (const text of uuids) counts.set(text[place] ?? '', (counts.get(text[place] ?? '') ?? 0) + 1)
    assert.equal(counts.size, 16)
    // 625 are expected, with a standard deviation of 24: eight of them do not happen by chance.
    for (const count of counts.values()) assert.ok(Math.abs(count - 625) < 200, `${count} at ${place}`)
  }
})

test('random bytes have their length, and no two of them are equal', () => {
  for (const length of [16, 24, 32, 256, 257]) {
    for (const make of [randomBytes, randomSecret]) {
      const values = Array.from({ length: 600 }, () => make(length))
      for (const value of values) assert.equal(value.length, length)
      assert.equal(new Set(values.map(value => value.toString('hex'))).size, values.length)
    }
  }
})

test('random bytes stay as they are while others are made', () => {
  const values = Array.from({ length: 600 }, () => randomSecret(32))
  const texts = values.map(value => value.toString('hex'))
  for (const value of values.slice(0, 300)) value.fill(0)
  for (let i = 0; i < 600; i++) randomBytes(32)
  assert.deepEqual(
    values.slice(300).map(value => value.toString('hex')),
    texts.slice(300),
  )
})

test('lengths that cannot be are refused, and change nothing for later callers', () => {
  for (const length of [-1, Number.NaN, 0.5, Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY])
    for (const make of [randomBytes, randomSecret]) assert.throws(() => make(length), RangeError)
  assert.equal(randomBytes(32).length, 32)
  assert.notDeepEqual(randomSecret(32), Buffer.alloc(32))
})
