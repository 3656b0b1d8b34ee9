import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { ServiceError } from './errors.ts'
import { encodeMarker, parseMarker, toPage } from './pagination.ts'

const encodeText = (text: string) => Buffer.from(text).toString('base64url')
const isInvalidMarker = (error: unknown) =>
  error instanceof ServiceError && error.code === 'InvalidMarkerException'

describe('markers', () => {
  test('none asks for the first page', () => {
    assert.equal(parseMarker('keys', undefined), undefined)
  })

  test('one leads on after the item it was made for', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), fc.string({ unit: 'binary' }), (listing, after) => {
        const marker = encodeMarker(listing, after)
        assert.equal(parseMarker(listing, marker), after)
      }),
    )
  })

  test('one fits what the wire takes as a marker', () => {
    // kms-behaviour A.1: MarkerType, 1 to 1024 characters of these; the longest names that are paged by.
    const longest = [
      `alias/${'a'.repeat(250)}`,
      '1234abcd-12ab-34cd-56ef-1234567890ab',
      'x'.repeat(128),
      '😀'.repeat(64),
      '\u0001'.repeat(128),
    ]
    for (const after of longest) {
      const marker = encodeMarker('aliases 1234abcd-12ab-34cd-56ef-1234567890ab', after)
      assert.match(marker, /^[\u0020-\u00FF]{1,1024}$/)
    }
  })

  const good = encodeMarker('keys', 'k1')
  const refused: Record<string, string> = {
    'an empty text': '',
    'any word': 'nonsense',
    'a marker of another listing': encodeMarker('aliases', 'k1'),
    'a listing in other letters': encodeMarker('Keys', 'k1'),
    'a marker with a character more': `${good}A`,
    'a marker cut short': good.slice(0, -1),
    'a marker with padding': `${good}=`,
    'a marker in the other alphabet': Buffer.from('["keys","???>>>"]').toString('base64').replace(/=+$/, ''),
    'a marker with a line end': `${good}\n`,
    'JSON of another form': encodeText('{"keys":"k1"}'),
    'a list of one': encodeText('["keys"]'),
    'a list of three': encodeText('["keys","k1","k2"]'),
    'a number to go on after': encodeText('["keys",1]'),
    'null to go on after': encodeText('["keys",null]'),
    'a list to go on after': encodeText('["keys",["k1"]]'),
    null: encodeText('null'),
    'text that is not JSON': encodeText('keys,k1'),
    'a marker that is not encoded': '["keys","k1"]',
  }
  for (const [name, marker] of Object.entries(refused)) {
    test(`refuses ${name}`, () => {
      assert.throws(() => parseMarker('keys', marker), isInvalidMarker)
    })
  }

  test('whatever is taken was made here', () => {
    const forged = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.base64String().map(text => text.replaceAll('=', '')),
      fc.uint8Array().map(bytes => Buffer.from(bytes).toString('base64url')),
      fc
        .tuple(
          fc.constantFrom('', ' ', '\n'),
          fc.uint8Array({ maxLength: 4 }).map(bytes => Buffer.from(bytes)),
        )
        .map(([space, bytes]) => {
          const end = Buffer.from(`"${space}]`)
          return Buffer.concat([Buffer.from(`["keys",${space}"`), bytes, end]).toString('base64url')
        }),
    )
    fc.assert(
      fc.property(forged, marker => {
        let after: string | undefined
        try {
          after = parseMarker('keys', marker)
        } catch (error) {
          assert.ok(isInvalidMarker(error), String(error))
          return
        }
        assert.equal(encodeMarker('keys', after ?? ''), marker)
      }),
      { numRuns: 5000 },
    )
  })
})

describe('pages', () => {
  const name = (item: { name: string }) => item.name
  const items = ['a', 'b', 'c'].map(text => ({ name: text }))

  test('with one more than the limit there is a next page, after the last item kept', () => {
    assert.deepEqual(toPage(items, 2, name), { items: items.slice(0, 2), next: 'b' })
  })
  test('with as many as the limit there is none', () => {
    assert.deepEqual(toPage(items, 3, name), { items, next: undefined })
  })
  test('with fewer than the limit there is none', () => {
    assert.deepEqual(toPage(items, 4, name), { items, next: undefined })
  })
  test('of nothing is the last', () => {
    assert.deepEqual(toPage([], 1, name), { items: [], next: undefined })
  })

  test('reading page after page meets every item once, in order', () => {
    const names = fc.uniqueArray(fc.string({ maxLength: 3 })).map(list => list.sort())
    fc.assert(
      fc.property(names, fc.integer({ min: 1, max: 5 }), (all, limit) => {
        const seen: string[] = []
        let after: string | undefined
        do {
          const since = after
          const rest = all.filter(item => since === undefined || item > since).slice(0, limit + 1)
          const page = toPage(rest, limit, item => item)
          seen.push(...page.items)
          assert.ok(page.items.length <= limit)
          after = page.next === undefined ? undefined : parseMarker('l', encodeMarker('l', page.next))
        } while (after !== undefined)
        assert.deepEqual(seen, all)
      }),
    )
  })
})
