import assert from 'node:assert/strict'
import { tmpdir } from 'node:os'
import { test } from 'node:test'
import { rendered } from '../../../test/fixtures/metrics/rendered.ts'
import { RefusalBudget, type RefusalSummary } from './refusal-budget.ts'

const line = 'x'.repeat(99)
const cause = { code: 'SignatureDoesNotMatch', address: '192.0.2.1' }

function open(options: { bytesPerMinute?: number; reserveBytes?: number }) {
  const clock = { time: Date.parse('2026-11-24T12:00:00Z'), now: () => clock.time }
  const lines: string[] = []
  const summaries: RefusalSummary[] = []
  const budget = new RefusalBudget({
    ...{ directory: tmpdir(), clock, bytesPerMinute: 1000, reserveBytes: 0, ...options },
    append: text => {
      lines.push(text)
      return Promise.resolve()
    },
    render: summary => {
      summaries.push(summary)
      return 'summary'
    },
  })
  return { budget, clock, lines, summaries }
}

test('refusals have records up to a number of bytes a minute, and more are counted', async () => {
  const { budget, clock, lines, summaries } = open({})
  for (let count = 0; count < 25; count++) await budget.append(line, cause)
  assert.equal(lines.length, 10)
  // The budget grows again with time, and never above that of a minute.
  clock.time += 30_000
  for (let count = 0; count < 25; count++) await budget.append(line, cause)
  assert.equal(lines.length, 15)
  clock.time += 600_000
  for (let count = 0; count < 25; count++) await budget.append(line, { code: 'Other', address: '192.0.2.2' })
  assert.equal(lines.length, 25)
  // A clock that goes back gives nothing.
  clock.time -= 600_000
  await budget.append(line, cause)
  assert.equal(lines.length, 25)
  await budget.close()
  assert.equal(lines.at(-1), 'summary')
  const [summary] = summaries
  assert.equal(summary?.count, 76 - 25)
  const text = await rendered(budget.metrics())
  assert.match(text, /^keyward_audit_summarized_refusals_total 51$/m)
  assert.deepEqual(summary?.byErrorCode, { SignatureDoesNotMatch: 36, Other: 15 })
  assert.deepEqual(summary?.addresses, { '192.0.2.1': 36, '192.0.2.2': 15 })
})

test('no refusal takes the space that is kept for authenticated calls', async () => {
  const { budget, lines, summaries } = open({ reserveBytes: Number.MAX_SAFE_INTEGER })
  for (let count = 0; count < 5; count++) await budget.append(line, cause)
  assert.deepEqual(lines, [])
  await budget.close()
  assert.equal(summaries[0]?.count, 5)
})

test('a summary has a limited number of names, however many clients and errors there are', async () => {
  const { budget, summaries } = open({ bytesPerMinute: 0 })
  for (let count = 0; count < 1000; count++)
    await budget.append(line, { code: `Code${count}`, address: `192.0.2.${count}` })
  await budget.close()
  const [{ byErrorCode, addresses, count } = { byErrorCode: {}, addresses: {}, count: 0 }] = summaries
  assert.equal(count, 1000)
  for (const counts of [byErrorCode, addresses]) {
    assert.equal(Object.keys(counts).length, 21)
    assert.equal(
      Object.values(counts).reduce((sum, number) => sum + number),
      1000,
    )
  }
})

test('without refusals above the budget there is no summary', async () => {
  const { budget, summaries } = open({})
  await budget.append(line, cause)
  await budget.close()
  assert.deepEqual(summaries, [])
})
