import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { DecisionContext } from '../budget/decision-context.ts'
import { StepBudget } from '../budget/step-budget.ts'
import { compilePolicy } from '../policy/compile.ts'
import type { Condition } from './condition.ts'
import { compareDecimals, type Decimal, parseDecimal } from './decimal.ts'

const read = (text: string): Decimal => parseDecimal(text) ?? assert.fail(text)
const compare = (a: string, b: string) => Math.sign(compareDecimals(read(a), read(b)))

test('numbers are compared by their value, however they are written', () => {
  for (const equal of [
    ['0', '-0', '0.000', '0e9999', '+.0e-9999'],
    ['1', '01', '+1', '1.', '1.0', '10e-1', '0.1e1'],
    ['-120', '-1.2e2', '-0120.00'],
    ['1e9999', '10e9998', '1000000e9993'],
  ]) {
    for (const a of equal) for (const b of equal) assert.equal(compare(a, b), 0, `${a} and ${b}`)
  }
  const rising = [
    '-1e9999',
    '-12',
    '-1.2',
    '-1.15',
    '-1e-9999',
    '0',
    '1e-9999',
    '0.09',
    '0.1',
    '0.11',
    '1',
    '1.5',
  ]
  const ordered = [
    ...rising,
    '9',
    '10',
    '9007199254740992',
    '9007199254740993',
    '1e9998',
    '1.1e9998',
    '1e9999',
  ]
  for (const [i, a] of ordered.entries()) {
    for (const [j, b] of ordered.entries()) assert.equal(compare(a, b), Math.sign(i - j), `${a} and ${b}`)
  }
})

test('numbers compare like whole numbers of many digits', () => {
  const number = fc.record({
    digits: fc.bigInt(-(10n ** 12n), 10n ** 12n),
    point: fc.nat(8),
    power: fc.nat(8),
  })
  const written = ({ digits, point, power }: { digits: bigint; point: number; power: number }) => {
    const text = String(digits < 0n ? -digits : digits).padStart(point + 1, '0')
    const cut = text.length - point
    return `${digits < 0n ? '-' : ''}${text.slice(0, cut)}.${text.slice(cut)}e${power}`
  }
  const scaled = ({ digits, point, power }: { digits: bigint; point: number; power: number }) =>
    digits * 10n ** BigInt(8 - point + power)
  fc.assert(
    fc.property(number, number, (a, b) => {
      const [x, y] = [scaled(a), scaled(b)]
      assert.equal(compare(written(a), written(b)), x < y ? -1 : x > y ? 1 : 0)
    }),
    { numRuns: 2000 },
  )
})

function conditionOf(operator: string, values: readonly string[]): Condition {
  const Condition = { [operator]: { 'kms:EncryptionContextKeys': values } }
  const statement = { Effect: 'Deny', Action: '*', Resource: '*', Condition }
  const document = JSON.stringify({ Version: '2012-10-17', Statement: statement })
  const [condition] = compilePolicy(document, 'identity', 'test').statements[0]?.conditions ?? []
  return condition ?? assert.fail()
}

const contextOf = (values: readonly string[]) =>
  new DecisionContext({ valuesOf: () => values }, new StepBudget())

// If numbers were written out in full to be compared, this would take minutes.
test('exponents that are far apart do not slow down a comparison', () => {
  const condition = conditionOf('ForAnyValue:NumericEquals', Array(1000).fill('1e9999'))
  const values = Array.from({ length: 100 }, (_, i) => `1e-${9999 - i}`)
  assert.equal(condition.isMet(contextOf(values)), false)
})

test('a value of the request is read once, however many values the policy has', t => {
  for (const [operator, expected, value] of [
    ['NumericEquals', '2', '1'],
    ['DateEquals', '2026-01-01', '2025-01-01'],
    ['IpAddress', '192.0.2.1', '192.0.2.2'],
  ] as const) {
    const condition = conditionOf(`ForAnyValue:${operator}`, Array(500).fill(expected))
    const exec = t.mock.method(RegExp.prototype, 'exec')
    const parts = t.mock.method(String.prototype, 'split')
    assert.equal(condition.isMet(contextOf([value, value])), false)
    const count = exec.mock.callCount() + parts.mock.callCount()
    exec.mock.restore()
    parts.mock.restore()
    assert.ok(count > 0 && count <= 20, `${operator}: ${count}`)
  }
  const condition = conditionOf('ForAnyValue:StringEqualsIgnoreCase', Array(500).fill('A'))
  const lower = t.mock.method(String.prototype, 'toLowerCase')
  assert.equal(condition.isMet(contextOf(['B', 'C'])), false)
  const count = lower.mock.callCount()
  lower.mock.restore()
  assert.equal(count, 2)
})
