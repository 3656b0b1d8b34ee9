import assert from 'node:assert/strict'
import { test } from 'node:test'
import { hasTooManyValues } from './json-size.ts'

// RFC 8259, sections 4, 5 and 7: each value but the first follows a bracket, a brace or a comma outside of the strings.

const refused = (text: string) => hasTooManyValues(Buffer.from(text))

test('a document has at most 8192 values, wherever they stand', () => {
  const filler = ' '.repeat(9000)
  const numbers = (count: number) => `[${Array(count).fill('0').join(',')}]${filler}`
  const members = (count: number) => `{${Array(count).fill('"a":""').join(',')}}${filler}`
  const deep = (count: number) => `${'['.repeat(count)}${']'.repeat(count)}`
  // Together with the list or object itself; a document of brackets alone counts one value for each, and the first.
  for (const make of [numbers, members, deep]) {
    assert.equal(refused(make(8190)), false)
    assert.equal(refused(make(8192)), true)
  }
})

test('brackets and commas in strings are no values', () => {
  for (const text of ['[,{', '\\"[', '\\\\\\",']) assert.equal(refused(`"${text.repeat(20_000)}"`), false)
  assert.equal(refused(`["\\\\",${'[,'.repeat(9000)}`), true)
})

test('a string without an end is no reason to read on', () => {
  for (const text of [`"${'a'.repeat(9000)}`, `"${'a'.repeat(9000)}\\`]) assert.equal(refused(text), false)
})
