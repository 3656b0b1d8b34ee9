import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { toPage } from './pagination.ts'

describe('a page', () => {
  const name = (item: { name: string }) => item.name
  const items = ['a', 'b', 'c'].map(text => ({ name: text }))

  test('of more items than the limit has a next page, which begins after the last item kept', () => {
    assert.deepEqual(toPage(items, 2, name), { items: items.slice(0, 2), next: 'b' })
  })
  test('of as many items as the limit is the last', () => {
    assert.deepEqual(toPage(items, 3, name), { items, next: undefined })
  })
  test('of fewer items than the limit is the last', () => {
    assert.deepEqual(toPage(items, 4, name), { items, next: undefined })
  })
  test('without items is the last', () => {
    assert.deepEqual(toPage([], 1, name), { items: [], next: undefined })
  })

  test('and the pages after it return every item once, in order', () => {
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
          after = page.next
        } while (after !== undefined)
        assert.deepEqual(seen, all)
      }),
    )
  })
})
