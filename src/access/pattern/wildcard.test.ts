import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { uncounted } from '../budget/step-budget.ts'
import { compileEscapedWildcard, compileWildcard } from './wildcard.ts'

// IAM user guide: `*` stands for any characters or none, `?` for exactly one.
const cases: [pattern: string, value: string, expected: boolean][] = [
  ['*', '', true],
  ['*', 'anything: at/all', true],
  ['*', 'two\nlines', true],
  ['', '', true],
  ['', 'a', false],
  ['a', 'a', true],
  ['a', 'A', false],
  ['a', 'aa', false],
  ['?', 'a', true],
  ['?', '', false],
  ['?', 'ab', false],
  ['?', '\n', true],
  ['??', 'ab', true],
  ['a*', 'a', true],
  ['a*', 'abc', true],
  ['a*', 'ba', false],
  ['*a', 'a', true],
  ['*a', 'bca', true],
  ['*a', 'ab', false],
  ['a*b', 'ab', true],
  ['a*b', 'axxb', true],
  ['a*b', 'axxbx', false],
  ['a*b', 'a', false],
  ['a*a', 'a', false],
  ['*a*', 'bab', true],
  ['*a*', 'bbb', false],
  ['**', '', true],
  ['a**b', 'ab', true],
  ['*?', '', false],
  ['*?', 'a', true],
  ['?*', 'abc', true],
  ['?*?', 'a', false],
  ['*ab*ab', 'abab', true],
  ['*ab*ab', 'aba', false],
  ['*abc', 'ababc', true],
  ['a?c*e', 'abcde', true],
  ['a.c', 'abc', false],
  ['a+', 'aa', false],
  ['(a|b)', 'a', false],
  ['[ab]', 'a', false],
  ['a\\*', 'a*', false],
  ['a\\*', 'a\\bc', true],
  ['kms:ReEncrypt*', 'kms:ReEncryptFrom', true],
  ['kms:ReEncrypt*', 'kms:Encrypt', false],
  ['arn:aws:kms:*:111122223333:key/*', 'arn:aws:kms:us-west-2:111122223333:key/a', true],
  ['arn:aws:kms:*:111122223333:key/*', 'arn:aws:kms:us-west-2:444455556666:key/a', false],
  ['arn:aws:kms:us-west-2:111122223333:alias/ab?', 'arn:aws:kms:us-west-2:111122223333:alias/abc', true],
  ['$&', '$&', true],
  ['^a$', 'a', false],
]
for (const [pattern, value, expected] of cases) {
  test(`${JSON.stringify(pattern)} ${expected ? 'matches' : 'does not match'} ${JSON.stringify(value)}`, () => {
    assert.equal(compileWildcard(pattern)(value), expected)
  })
}

test('a pattern agrees with the same pattern as a regular expression', () => {
  const text = fc.string({ unit: fc.constantFrom('a', 'b', ':', '.', '\n', '*'), maxLength: 8 })
  const pattern = fc.string({ unit: fc.constantFrom('a', 'b', ':', '.', '*', '*', '?'), maxLength: 8 })
  let matchedCount = 0
  fc.assert(
    fc.property(pattern, text, (wildcard, value) => {
      const expected = toRegExp(wildcard).test(value)
      matchedCount += Number(expected)
      assert.equal(compileWildcard(wildcard)(value), expected)
    }),
    { numRuns: 50_000 },
  )
  assert.ok(matchedCount > 1000, 'enough of them matched')
})

test('a matcher gives the same answers when it is used again', () => {
  const matches = compileWildcard('a*b?')
  const values = ['abx', 'a', 'axxbx', 'abxx', 'abx']
  assert.deepEqual(values.map(matches), [true, false, true, false, true])
  assert.deepEqual(values.map(matches), [true, false, true, false, true])
})

describe('hostile patterns take time in proportion to their length', () => {
  // A backtracking matcher would take longer than the age of the universe for the first of these.
  const hostile: Record<string, [string, string]> = {
    'many stars': [`${'*a'.repeat(30)}*b`, 'a'.repeat(100_000)],
    'stars alone': [`${'*'.repeat(10_000)}b`, 'a'.repeat(100_000)],
    'stars and question marks': [`${'*?'.repeat(500)}b`, 'a'.repeat(2048)],
    'a long tail that almost fits': [`*${'a'.repeat(1000)}b`, 'a'.repeat(2048)],
    'the longest ARN and policy': [`${'*a'.repeat(16_000)}b`, 'a'.repeat(2048)],
  }
  for (const [name, [pattern, value]] of Object.entries(hostile)) {
    test(name, () => {
      assert.equal(compileWildcard(pattern)(value), false)
    })
  }

  test('a value of ten times the length takes at most about ten times as long', () => {
    const matches = compileWildcard('*a*a*a*b')
    const measure = (length: number) => {
      const value = 'a'.repeat(length)
      matches(value)
      const started = process.hrtime.bigint()
      matches(value)
      return Number(process.hrtime.bigint() - started)
    }
    measure(100_000)
    const best = (length: number) => Math.min(...Array.from({ length: 5 }, () => measure(length)))
    // Quadratic time would be a hundred times as long.
    assert.ok(best(1_000_000) < 40 * best(100_000))
  })
})

function toRegExp(pattern: string): RegExp {
  const source = pattern
    .replaceAll(/[.+^${}()|[\]\\]/g, '\\$&')
    .replaceAll('*', '[^]*')
    .replaceAll('?', '[^]')
  return new RegExp(`^${source}$`)
}

// Amazon EC2 user guide, "List and filter using the CLI and API": `\\*amazon?\\\\` stands for the literal text `*amazon?\\`.
describe('wildcards with escapes', () => {
  for (const [pattern, value, expected] of [
    ['\\*amazon\\?\\\\', '*amazon?\\', true],
    ['\\*amazon\\?\\\\', '*amazonx\\', false],
    ['\\*amazon\\?\\\\', 'xamazon?\\', false],
    ['a*\\*', 'abc*', true],
    ['a*\\*', 'abc', false],
    ['\\a', 'a', true],
    ['\\\\*', '\\xyz', true],
    ['a\\', 'a\\', true],
    ['', '', true],
  ] as const)
    test(`${pattern} ${expected ? 'matches' : 'does not match'} ${value}`, () => {
      assert.equal(compileEscapedWildcard(pattern)(value, uncounted), expected)
    })
})
