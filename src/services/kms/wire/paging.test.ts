import assert from 'node:assert/strict'
import { createSecretKey } from 'node:crypto'
import { after, describe, test } from 'node:test'
import fc from 'fast-check'
import { globalDomain, ServiceError } from '../../../domain/index.ts'
import { DomainKeys, openHsm } from '../../../hsm/index.ts'
import { randomBytes } from '../../../std/index.ts'
import { listingOf, pageRequest, renderPage } from './paging.ts'

const newHsm = () => {
  const rootKey = createSecretKey(randomBytes(32))
  return openHsm(rootKey, [DomainKeys.generate(rootKey, globalDomain)])
}
const [hsm, otherHsm] = [newHsm(), newHsm()]
after(() => {
  for (const each of [hsm, otherHsm]) each.close()
})

const markerOf = (listing: string, next: string, by = hsm) =>
  renderPage(by, listing, { items: [], next }).NextMarker ?? assert.fail()
const read = (listing: string, Marker: string | undefined) => pageRequest(hsm, listing, { Marker }, 50).after
const isInvalidMarker = (error: unknown) =>
  // Recorded from AWS without a text.
  error instanceof ServiceError && error.code === 'InvalidMarkerException' && error.text === undefined

describe('markers', () => {
  test('a request without a marker asks for the first page', () => {
    assert.equal(read('keys', undefined), undefined)
  })

  test('a marker continues after the item that it was made for', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), fc.string({ unit: 'grapheme' }), (listing, next) => {
        assert.equal(read(listing, markerOf(listing, next)), next)
      }),
    )
  })

  test('a marker has the form that AWS allows, for the longest items too', () => {
    // AWS KMS API reference, "MarkerType": 1 to 1024 of these characters.
    const longest = [`alias/${'a'.repeat(250)}`, 'x'.repeat(128), '😀'.repeat(64), '\u0001'.repeat(128)]
    for (const next of longest) assert.match(markerOf('aliases', next), /^[\u0020-\u00FF]{1,1024}$/)
  })

  const good = markerOf('keys', 'k1')
  const refused: Record<string, string> = {
    'an empty text': '',
    'any word': 'nonsense',
    'a marker of a different listing': markerOf('aliases', 'k1'),
    'a marker of a listing whose name differs only in case': markerOf('Keys', 'k1'),
    'a marker of a different server': markerOf('keys', 'k1', otherHsm),
    'a marker with one more character': `${good}A`,
    'a marker without its last character': good.slice(0, -1),
    'a marker with padding': `${good}=`,
    'a marker with a line end': `${good}\n`,
    'an item in the clear': Buffer.from('keys\nk1\n').toString('base64url'),
  }
  for (const [name, marker] of Object.entries(refused)) {
    test(`${name} is refused`, () => {
      assert.throws(() => read('keys', marker), isInvalidMarker)
    })
  }

  test('listings that differ in any part have different names', () => {
    const scope = { accountId: '111122223333', region: 'us-east-1' }
    const names = [
      listingOf('ListKeys', scope),
      listingOf('ListAliases', scope),
      listingOf('ListKeys', { ...scope, accountId: '444455556666' }),
      listingOf('ListKeys', { ...scope, region: 'eu-west-1' }),
      listingOf('ListKeys', scope, 'a', undefined),
      listingOf('ListKeys', scope, undefined, 'a'),
      listingOf('ListKeys', scope, 'a","b'),
      listingOf('ListKeys', scope, 'a', 'b'),
      listingOf('ListKeys', scope, ''),
    ]
    assert.equal(new Set(names).size, names.length)
    assert.equal(listingOf('ListKeys', { ...scope }), names[0])
    for (const name of names.slice(1)) {
      assert.throws(() => read(name, markerOf(listingOf('ListKeys', scope), 'k1')), isInvalidMarker, name)
    }
  })

  test('a marker that was changed at any place is refused', () => {
    for (const [index, character] of [...good].entries()) {
      const changed = good.slice(0, index) + (character === 'A' ? 'B' : 'A') + good.slice(index + 1)
      assert.throws(() => read('keys', changed), isInvalidMarker, changed)
    }
  })
})
