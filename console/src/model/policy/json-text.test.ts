import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { lineOf, readJson } from './json-text.ts'

/** JSON.parse is the other implementation. Names with escapes are left out: some versions of Node read them wrong. */
function parsed(text: string): unknown {
  try {
    return { value: JSON.parse(text) }
  } catch {
    return 'none'
  }
}

test('a JSON text has the value that JSON.parse gives it', () => {
  const layout = fc.constantFrom(undefined, 1, '\t', '\n  ')
  fc.assert(
    fc.property(fc.jsonValue(), layout, (value, space) => {
      const text = JSON.stringify(value, null, space)
      assert.deepEqual(readJson(text), { value: JSON.parse(text), faults: [] })
    }),
  )
})

test('a text is JSON if JSON.parse takes it', () => {
  const parts = [
    '{',
    '}',
    '[',
    ']',
    ',',
    ':',
    '"a"',
    '"\\u00e9"',
    '1',
    '-',
    '0',
    '.5',
    'e9',
    'true',
    'nul',
    ' ',
  ]
  const text = fc.array(fc.constantFrom(...parts, '"', '\\', '\n', '"b"'), { maxLength: 9 })
  fc.assert(
    fc.property(text, pieces => {
      const whole = pieces.join('')
      const { value } = readJson(whole)
      assert.deepEqual(value === undefined ? 'none' : { value }, parsed(whole), whole)
    }),
    { numRuns: 5000 },
  )
})

test('a fault has its place', () => {
  const cases: [text: string, line: number, message: RegExp][] = [
    ['', 1, /ends too early/],
    ['{', 1, /ends too early/],
    ['[1,\n{}', 2, /ends too early/],
    ['{\n"a": 1,\n}', 3, /name of a member/],
    ['{\n"a" 1}', 2, /colon/],
    ['[1\n2]', 2, /comma or ]/],
    ['{"a": "x\ny"}', 1, /does not end on its line/],
    ['{"a": \'x\'}', 1, /A value must stand here, and not "'"/],
    ['{}\n\n{}', 3, /goes on after the end/],
    ['['.repeat(101), 1, /More than 100 levels/],
  ]
  for (const [text, line, message] of cases) {
    const { value, faults } = readJson(text)
    assert.equal(value, undefined, text)
    const [fault] = faults
    assert.ok(fault !== undefined && faults.length === 1, text)
    assert.match(fault.message, message)
    assert.equal(lineOf(text, fault.at), line, text)
  }
})

test('a member that is there twice is a fault, however it is written, and the last one counts', () => {
  const text = '{"a": {"b": 1,\n"\\u0062": 2}, "__proto__": 1}'
  const { value, faults } = readJson(text)
  assert.deepEqual((value as { a: unknown }).a, { b: 2 })
  assert.ok(Object.hasOwn(value as object, '__proto__'))
  assert.deepEqual(
    faults.map(({ at, message }) => [lineOf(text, at), message]),
    [[2, 'The member "b" is there twice.']],
  )
})
