import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { parseJson } from './json.ts'

const namesOf = (value: unknown) => Object.keys(value as object)

test('a name with an escape is read right after a name with a backslash in its place', () => {
  // After the first text, JSON.parse of Node 26.10 reads the second one wrong. It compares names only behind a name that always
  // had the same one after it.
  for (const [index, [first, second, name]] of (
    [
      ['n\\\\', 'n\\u00e9', 'né'],
      ['\\\\', '\\n', '\n'],
      ['\\\\u', '\\u0041b', 'Ab'],
      ['a\\\\\\"', 'a\\"b', 'a"b'],
    ] as const
  ).entries()) {
    parseJson(`{"before ${index}":0,"${first}":1}`)
    assert.deepEqual(namesOf(parseJson(`{"before ${index}":0,"${second}":1}`)), [`before ${index}`, name])
  }
})

test('names with backslashes, marks, prototypes and duplicates stay as they are', () => {
  assert.deepEqual(parseJson('{"a\\\\b":"c\\\\d","\ue000":"\\ue001","e":"\\u0007\\t"}'), {
    'a\\b': 'c\\d',
    '\ue000': '\ue001',
    e: '\u0007\t',
  })
  assert.deepEqual(namesOf(parseJson('{"__proto__":1,"a\\\\":2}')).sort(), ['__proto__', 'a\\'])
  assert.deepEqual(parseJson('{"a\\\\":1,"a\\\\":2}'), { 'a\\': 2 })
  assert.deepEqual(parseJson('[{"\\\\":[]},null,0.5,true]'), [{ '\\': [] }, null, 0.5, true])
})

test('a text that is no JSON is refused', () => {
  for (const text of ['', '{', '{"a\\\\":\\u0031}', '{\\u0022a\\\\":1}', '"\\x"', '{"\\\\":1}}'])
    assert.throws(() => parseJson(text), SyntaxError)
})

test('a text with all characters for private use is read, and takes no longer than others', () => {
  const codes = Array.from({ length: 0xf900 - 0xe000 }, (_, i) => 0xe000 + i)
  const all = String.fromCharCode(...codes)
  const escaped = codes.map(code => `\\u${code.toString(16)}`).join('')
  const filler = 'x'.repeat(1_000_000)
  const start = process.cpuUsage()
  for (const text of [all, escaped, `${all}${escaped}`])
    assert.deepEqual(parseJson(`{"a\\\\":1,"b":"${filler}${text}"}`), {
      'a\\': 1,
      b: filler + text.replaceAll(escaped, all),
    })
  assert.ok(process.cpuUsage(start).user < 1_000_000)
})

test('a text as deep as it is long is read', () => {
  const depth = 50_000
  let value = parseJson(`${'{"\\\\":['.repeat(depth)}"\\n"${']}'.repeat(depth)}`)
  for (let i = 0; i < depth; i++) value = (value as { readonly '\\': unknown[] })['\\'][0]
  assert.equal(value, '\n')
})

const name = fc.oneof(
  fc.constantFrom('\\', '\n', '"', 'n\\', 'né', 'a"b', 'a\\"', '\\u', 'Ab', '\u2028', '\ud83d', '\ue000'),
  fc.string({ unit: 'binary', maxLength: 3 }),
)
const { tree } = fc.letrec(tie => ({
  tree: fc.oneof({ depthSize: 'small' }, name, fc.integer(), fc.constant(null), tie('list'), tie('map')),
  list: fc.array(tie('tree'), { maxLength: 3 }),
  map: fc.dictionary(name, tie('tree'), { maxKeys: 4, noNullPrototype: true }),
}))
const escapeAll = (text: string) =>
  Array.from(
    { length: text.length },
    (_, i) => `\\u${text.charCodeAt(i).toString(16).padStart(4, '0')}`,
  ).join('')

/** Writes a value with every character of names and texts escaped, or with the escapes of JSON.stringify. */
function write(value: unknown, escapesAll: boolean): string {
  if (typeof value === 'string') return escapesAll ? `"${escapeAll(value)}"` : JSON.stringify(value)
  if (typeof value !== 'object' || value === null) return JSON.stringify(value)
  if (Array.isArray(value)) return `[${value.map(item => write(item, escapesAll)).join(',')}]`
  const members = Object.entries(value).map(
    ([key, member]) => `${write(key, escapesAll)}:${write(member, escapesAll)}`,
  )
  return `{${members.join(',')}}`
}

test('every value is read as it was written, in both forms, whatever was read before', () => {
  fc.assert(
    fc.property(tree, fc.boolean(), (value, escapesAll) => {
      assert.deepEqual(parseJson(write(value, escapesAll)), value)
    }),
    { numRuns: 5000 },
  )
})
