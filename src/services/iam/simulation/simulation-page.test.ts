import assert from 'node:assert/strict'
import { test } from 'node:test'
import { simulatePage } from './simulation-page.ts'

// Pages of simulations, by what they cost and what they tell.

const invalidMarker = () => new Error('no marker')

/** All pages, as the pairs of their rows, with how many pairs were decided for each. */
function pagesOf(
  { actions, arns }: { readonly actions: string; readonly arns: string },
  limits: { readonly costMax?: number; readonly sizeMax?: number; readonly limit?: number },
  told = '',
): { readonly pages: string[][]; readonly decided: number[] } {
  const { costMax = 1000, sizeMax = 1000, limit = 100 } = limits
  const pages: string[][] = []
  const decided: number[] = []
  let after: string | undefined
  do {
    let count = 0
    const evaluate = (action: string, arn: string) => {
      count++
      return action + arn + told
    }
    const { items, next } = simulatePage(
      { actions: [...actions], arns: [...arns] },
      { after, limit },
      { costOf: () => 10, evaluate },
      { costMax, sizeMax },
      invalidMarker,
    )
    pages.push(items.map(({ results }) => results.join(' ')))
    decided.push(count)
    after = next
  } while (after !== undefined)
  return { pages, decided }
}

test('a page costs no more than it may, and no more is decided for it', () => {
  const one = pagesOf({ actions: 'abcde', arns: '1' }, { costMax: 20 })
  assert.deepEqual(one.pages, [['a1', 'b1'], ['c1', 'd1'], ['e1']])
  assert.deepEqual(one.decided, [2, 2, 1])
})

test('actions stay whole, but one whose resources are too many for a page', () => {
  const whole = pagesOf({ actions: 'abc', arns: '12' }, { costMax: 50 })
  assert.deepEqual(whole.pages, [['a1 a2', 'b1 b2'], ['c1 c2']])
  const cut = pagesOf({ actions: 'ab', arns: '123' }, { costMax: 20 })
  assert.deepEqual(cut.pages, [['a1 a2'], ['a3'], ['b1 b2'], ['b3']])
})

test('a page tells no more than it may', () => {
  // Four characters of JSON each.
  assert.deepEqual(pagesOf({ actions: 'abc', arns: '12' }, { sizeMax: 16 }).pages, [
    ['a1 a2', 'b1 b2'],
    ['c1 c2'],
  ])
  assert.deepEqual(pagesOf({ actions: 'ab', arns: '123' }, { sizeMax: 8 }).pages, [
    ['a1 a2'],
    ['a3'],
    ['b1 b2'],
    ['b3'],
  ])
})

test('a page has no more actions than were asked for', () => {
  assert.deepEqual(pagesOf({ actions: 'abc', arns: '12' }, { limit: 2 }).pages, [
    ['a1 a2', 'b1 b2'],
    ['c1 c2'],
  ])
  assert.deepEqual(pagesOf({ actions: '', arns: '12' }, {}).pages, [[]])
})

test('a pair that is too much by itself is refused', () => {
  const refused = { code: 'InvalidInputException' }
  assert.throws(() => pagesOf({ actions: 'a', arns: '1' }, { costMax: 9 }), refused)
  assert.throws(() => pagesOf({ actions: 'a', arns: '1' }, { sizeMax: 100 }, 'x'.repeat(100)), refused)
})
