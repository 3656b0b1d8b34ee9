import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { StepBudget } from '../../../access/index.ts'
import { simulatePage } from './simulation-page.ts'

// The pages of a simulation are limited by their steps and their size.

const invalidMarker = () => new Error('no marker')

/** The steps of a pair: those of its decision and those of its result. */
const pairSteps = 10_000
const decisionSteps = 9000

interface Given {
  readonly stepsMax?: number
  readonly sizeMax?: number
  readonly limit?: number
  /** The results have this text at their ends. */
  readonly padding?: string
}

/** Returns all pages, as the pairs of their rows, and the number of pairs that were decided for each page. */
async function pagesOf(
  { actions, arns }: { readonly actions: string; readonly arns: string },
  { stepsMax = 1_000_000, sizeMax = 1000, limit = 100, padding = '' }: Given = {},
): Promise<{ readonly pages: string[][]; readonly decided: number[] }> {
  const pages: string[][] = []
  const decided: number[] = []
  let after: string | undefined
  do {
    let count = 0
    const simulate = (action: string, arn: string, budget: StepBudget) => {
      try {
        budget.spend(decisionSteps)
      } catch {
        return undefined
      }
      count++
      return action + arn + padding
    }
    const { items, next } = await simulatePage(
      { actions: [...actions], arns: [...arns] },
      { after, limit },
      simulate,
      { stepsMax, sizeMax },
      invalidMarker,
    )
    pages.push(items.map(({ results }) => results.join(' ')))
    decided.push(count)
    after = next
  } while (after !== undefined)
  return { pages, decided }
}

test('a page stays within its steps, and no further pairs are decided', async () => {
  const one = await pagesOf({ actions: 'abcde', arns: '1' }, { stepsMax: 2 * pairSteps })
  assert.deepEqual(one.pages, [['a1', 'b1'], ['c1', 'd1'], ['e1']])
  assert.deepEqual(one.decided, [2, 2, 1])
})

test('an action is split only if its resources do not fit on one page', async () => {
  const whole = await pagesOf({ actions: 'abc', arns: '12' }, { stepsMax: 5 * pairSteps })
  assert.deepEqual(whole.pages, [['a1 a2', 'b1 b2'], ['c1 c2']])
  const cut = await pagesOf({ actions: 'ab', arns: '123' }, { stepsMax: 2 * pairSteps })
  assert.deepEqual(cut.pages, [['a1 a2'], ['a3'], ['b1 b2'], ['b3']])
})

test('a page stays within its size limit', async () => {
  // Four characters of JSON each.
  const whole = await pagesOf({ actions: 'abc', arns: '12' }, { sizeMax: 16 })
  assert.deepEqual(whole.pages, [['a1 a2', 'b1 b2'], ['c1 c2']])
  const cut = await pagesOf({ actions: 'ab', arns: '123' }, { sizeMax: 8 })
  assert.deepEqual(cut.pages, [['a1 a2'], ['a3'], ['b1 b2'], ['b3']])
})

test('a page has at most the requested number of actions', async () => {
  const limited = await pagesOf({ actions: 'abc', arns: '12' }, { limit: 2 })
  assert.deepEqual(limited.pages, [['a1 a2', 'b1 b2'], ['c1 c2']])
  assert.deepEqual((await pagesOf({ actions: '', arns: '12' })).pages, [[]])
})

test('a pair that exceeds a limit alone is refused', async () => {
  const refused = { code: 'InvalidInputException' }
  const one = { actions: 'a', arns: '1' }
  await assert.rejects(pagesOf(one, { stepsMax: decisionSteps - 1 }), refused)
  await assert.rejects(pagesOf(one, { sizeMax: 100, padding: 'x'.repeat(100) }), refused)
})

test('a pair may take the steps of a call, however many are left for the page', async () => {
  const budgets: number[] = []
  const simulate = (_action: string, _arn: string, budget: StepBudget) => {
    try {
      for (;;) budget.spend(1000)
    } catch {
      budgets.push(budget.spent - 1000)
      return undefined
    }
  }
  const given = { actions: ['a'], arns: ['1'] }
  const limits = { stepsMax: 100_000_000, sizeMax: 1000 }
  const refused = simulatePage(given, { after: undefined, limit: 100 }, simulate, limits, invalidMarker)
  await assert.rejects(refused, { code: 'InvalidInputException' })
  assert.deepEqual(budgets, [3_000_000])
})

test('other work of the thread gets its turn between the pairs of a page', async () => {
  // 400 pairs take four million steps, and other work gets its turn after one million.
  const immediate = () => new Promise(resolve => setImmediate(resolve))
  const limits = { stepsMax: 1_000_000 * pairSteps, sizeMax: 100_000, limit: 1000 }
  const paged = pagesOf({ actions: 'ab'.repeat(100), arns: '12' }, limits)
  let immediates = 0
  let isDone = false
  const done = paged.finally(() => {
    isDone = true
  })
  while (!isDone && immediates < 100) {
    await immediate()
    immediates++
  }
  assert.equal((await done).decided[0], 400)
  assert.ok(immediates >= 3 && immediates < 100, `${immediates} turns`)
})
