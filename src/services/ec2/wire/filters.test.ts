import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ServiceError, type Tag } from '../../../domain/index.ts'
import { applyFilters, type FilterTable, type GivenFilter } from './filters.ts'

interface Item {
  readonly id: string
  readonly state: string | undefined
  readonly tags: readonly Tag[]
}

const tag = (tagKey: string, tagValue: string): Tag => ({ tagKey, tagValue })
const items: readonly Item[] = [
  { id: 'a1', state: 'available', tags: [tag('Owner', 'TeamA')] },
  { id: 'a2', state: 'pending', tags: [tag('Owner', 'TeamB'), tag('Stack', 'test')] },
  { id: 'b*', state: undefined, tags: [] },
]
const table: FilterTable<Item> = {
  filters: { id: ({ id }) => [id], state: ({ state }) => [state] },
  tags: ({ tags }) => tags,
}
const found = (...filters: [name: string, ...values: string[]][]) =>
  applyFilters(
    items,
    filters.map(([Name, ...Value]) => ({ Name, Value })),
    table,
  ).map(({ id }) => id)

test('without filters all items are found', () => {
  assert.equal(applyFilters(items, undefined, table).length, items.length)
  assert.equal(found().length, items.length)
})

// Amazon EC2 user guide, "List and filter using the CLI and API".
test('one of the values must match, and all of the filters', () => {
  assert.deepEqual(found(['state', 'available', 'pending']), ['a1', 'a2'])
  assert.deepEqual(found(['state', 'available', 'pending'], ['id', 'a2', 'b*']), ['a2'])
  assert.deepEqual(found(['id', 'a1'], ['id', 'a2']), [])
})

test('values are case-sensitive, with wildcards that a backslash makes literal', () => {
  assert.deepEqual(found(['state', 'Available']), [])
  assert.deepEqual(found(['id', 'a?']), ['a1', 'a2'])
  assert.deepEqual(found(['id', '*']), ['a1', 'a2', 'b*'])
  assert.deepEqual(found(['id', '?\\*']), ['b*'])
  assert.deepEqual(found(['state', '*']), ['a1', 'a2'], 'an item without the value is not found')
})

// Amazon EC2 API reference, "DescribeVpcEndpoints": `tag`, `tag-key`.
test('tags are found by key, and by key and value', () => {
  assert.deepEqual(found(['tag-key', 'Owner']), ['a1', 'a2'])
  assert.deepEqual(found(['tag:Owner', 'TeamA']), ['a1'])
  assert.deepEqual(found(['tag:owner', 'TeamA']), [])
  assert.deepEqual(found(['tag:Stack', '*']), ['a2'])
})

const refuses = (
  code: string,
  text: RegExp,
  filters: readonly GivenFilter[],
  of: FilterTable<Item> = table,
) =>
  assert.throws(
    () => applyFilters(items, filters, of),
    (error: unknown) => error instanceof ServiceError && error.code === code && text.test(error.text ?? ''),
  )

test('an unknown filter is refused, and each name of Object.prototype is one', () => {
  for (const Name of ['colour', 'constructor', '__proto__', 'State'])
    refuses('InvalidParameterValue', new RegExp(`^The filter '${Name}' is invalid$`), [
      { Name, Value: ['a'] },
    ])
  for (const Name of ['tag-key', 'tag:Owner'])
    refuses('InvalidParameterValue', /is invalid$/, [{ Name, Value: ['a'] }], { filters: table.filters })
})

test('a filter has a name and values', () => {
  refuses('MissingParameter', /Filter\.2\.Name$/, [{ Name: 'id', Value: ['a'] }, { Value: ['a'] }])
  refuses('MissingParameter', /Filter\.1\.Value$/, [{ Name: 'id' }])
})

test('filters have limits', () => {
  const Value = ['x']
  const many = (count: number) => Array.from({ length: count }, () => ({ Name: 'id', Value }))
  assert.doesNotThrow(() => applyFilters(items, many(50), table))
  refuses('FilterLimitExceeded', /50$/, many(51))
  assert.doesNotThrow(() => applyFilters(items, [{ Name: 'id', Value: Array(200).fill('x') }], table))
  refuses('FilterLimitExceeded', /200$/, [
    { Name: 'id', Value: Array(150).fill('x') },
    { Name: 'id', Value: Array(51).fill('x') },
  ])
  refuses('FilterLimitExceeded', /255 characters$/, [{ Name: 'id', Value: ['x'.repeat(256)] }])
})

test('filters that would take long are refused, and others are not', () => {
  const tagged = Array.from({ length: 2500 }, () => ({ id: 'a'.repeat(256), state: '', tags: [] }))
  for (const pattern of [`*${'a?'.repeat(100)}b*`, `*${'a'.repeat(200)}b*`, `${'*a'.repeat(100)}*b*`]) {
    const Value = Array(200).fill(pattern)
    assert.throws(
      () => applyFilters(tagged, [{ Name: 'id', Value }], table),
      (error: unknown) => error instanceof ServiceError && error.code === 'FilterLimitExceeded',
    )
  }
  assert.equal(applyFilters(tagged, [{ Name: 'id', Value: ['*aaa*', 'b*'] }], table).length, 2500)
  const subnets = Array.from({ length: 6400 }, (_, i) => ({ id: `subnet-${i}`, state: '', tags: [] }))
  const Value = Array.from({ length: 100 }, (_, i) => `subnet-${64 * i}`)
  assert.equal(applyFilters(subnets, [{ Name: 'id', Value }], table).length, 100)
})
