import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { areGood, rowsOf, tagChange, tagFaults } from './tags.ts'

// The limits are those of AWS (AWS KMS API reference, Tag, TagResource; AWS Tag Editor user guide, "Tag naming limits and requirements").

const row = (key: string, value = '') => ({ key, value })

test('good tags have no faults', () => {
  const rows = [
    row('a'),
    row('A'),
    row('k'.repeat(128), 'v'.repeat(256)),
    row('größe 1_.:/=+-@', 'ß'),
    row('<b>', '<b>'),
  ]
  assert.ok(areGood(tagFaults(rows)))
})

test('faults stand at their fields', () => {
  const faults = tagFaults([
    ...[row(''), row('aws:x'), row('AWS:x'), row('k'.repeat(129))],
    ...[row('twice'), row('twice'), row('long', 'v'.repeat(257))],
  ])
  const at = (index: number) => [faults[index]?.key ?? '', faults[index]?.value ?? ''].join('|')
  for (const [index, pattern] of [
    ...([/^Enter a key/, /belong to AWS/, /belong to AWS/, /128/] as const),
    ...([/twice/, /twice/, /^\|.*256/] as const),
  ].entries())
    assert.match(at(index), pattern)
})

test('a change makes the tags of the rows', () => {
  const tags = fc.uniqueArray(
    fc.record({ key: fc.stringMatching(/^[a-f]{1,2}$/), value: fc.stringMatching(/^[xy]?$/) }),
    {
      selector: ({ key }) => key,
      maxLength: 50,
    },
  )
  fc.assert(
    fc.property(tags, tags, (before, rows) => {
      const stored = new Map(before.map(({ key, value }) => [key, value]))
      const { put, removed } = tagChange(
        before.map(({ key, value }) => ({ TagKey: key, TagValue: value })),
        rows,
      )
      for (const name of removed) assert.ok(stored.delete(name))
      for (const { TagKey, TagValue } of put) {
        assert.notEqual(stored.get(TagKey ?? ''), TagValue)
        stored.set(TagKey ?? '', TagValue ?? '')
      }
      assert.deepEqual([...stored].sort(), rows.map(({ key, value }) => [key, value]).sort())
    }),
  )
})

test('tags are removed first only if there would be more than 50 for a moment', () => {
  const full = Array.from({ length: 50 }, (_, index) => ({ TagKey: `k${index}`, TagValue: '' }))
  const renamed = [...rowsOf(full.slice(1)), row('new')]
  assert.ok(tagChange(full, renamed).removesFirst)
  assert.ok(!tagChange(full.slice(1), rowsOf(full)).removesFirst)
  assert.ok(!tagChange(full, [...rowsOf(full.slice(1)), row('k0', 'changed')]).removesFirst)
})
