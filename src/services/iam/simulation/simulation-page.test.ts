import assert from 'node:assert/strict'
import { test } from 'node:test'
import { simulatePage } from './simulation-page.ts'

// The pages of a simulation are limited by their cost and their size.

const invalidMarker = () => new Error('no marker')

/** Returns all pages, as the pairs of their rows, and the number of pairs that were decided for each page. */
function pagesOf(
  { actions, arns }: { readonly actions: string; readonly arns: string },
  limits: { readonly costMax?: number; readonly sizeMax?: number; readonly limit?: number },
  padding = '',
): { readonly pages: string[][]; readonly decided: number[] } {
  const { costMax = 1000, sizeMax = 1000, limit = 100 } = limits
  const pages: string[][] = []
  const decided: number[] = []
  let after: string | undefined
  do {
    let count = 0
    const evaluate = (action: string, arn: string) => {
      count++
      return action + arn + padding
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

test('a page stays within its cost limit, and no further pairs are decided', () => {
  const one = pagesOf({ actions: 'abcde', arns: '1' }, { costMax: 20 })
  assert.deepEqual(one.pages, [['a1', 'b1'], ['c1', 'd1'], ['e1']])
  assert.deepEqual(one.decided, [2, 2, 1])
})

test('an action is split only if its resources do not fit on one page', () => {
  const whole = pagesOf({ actions: 'abc', arns: '12' }, { costMax: 50 })
  assert.deepEqual(whole.pages, [['a1 a2', 'b1 b2'], ['c1 c2']])
  const cut = pagesOf({ actions: 'ab', arns: '123' }, { costMax: 20 })
  assert.deepEqual(cut.pages, [['a1 a2'], ['a3'], ['b1 b2'], ['b3']])
})

test('a page stays within its size limit', () => {
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

test('a page has at most the requested number of actions', () => {
  assert.deepEqual(pagesOf({ actions: 'abc', arns: '12' }, { limit: 2 }).pages, [
    ['a1 a2', 'b1 b2'],
    ['c1 c2'],
  ])
  assert.deepEqual(pagesOf({ actions: '', arns: '12' }, {}).pages, [[]])
})

test('a pair that exceeds a limit alone is refused', () => {
  const refused = { code: 'InvalidInputException' }
  assert.throws(() => pagesOf({ actions: 'a', arns: '1' }, { costMax: 9 }), refused)
  assert.throws(() => pagesOf({ actions: 'a', arns: '1' }, { sizeMax: 100 }, 'x'.repeat(100)), refused)
})
