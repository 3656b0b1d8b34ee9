import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import {
  compileFilters,
  type VisibleFacts,
} from '../../../src/services/keyward/list-key-details/key-filters.ts'
import { filterFault, filterProperties, filtersOf, noFilter, readFilter, writeFilter } from './key-filters.ts'

const token = (propertyKey: string | undefined, operator: string, value: unknown) => ({
  ...(propertyKey !== undefined && { propertyKey }),
  operator,
  value,
})

const key: VisibleFacts = {
  keyId: '1234abcd-12ab-34cd-56ef-1234567890ab',
  metadata: {
    ...{ keySpec: 'RSA_2048', keyUsage: 'SIGN_VERIFY', origin: 'AWS_KMS', keyState: 'Disabled' },
    ...{ description: 'Signs invoices', createdAt: Date.UTC(2026, 10, 30, 12), isMultiRegion: false },
    customKeyStoreId: undefined,
  },
  aliasNames: ['alias/invoices'],
  tags: [{ tagKey: 'team', tagValue: 'a=b' }],
}
const finds = (...tokens: ReturnType<typeof token>[]) => compileFilters(filtersOf(tokens), 'and')(key)

test('the server takes each property with each of its operators', () => {
  for (const { key: name, operators, isEnumerated } of filterProperties)
    for (const operator of operators) {
      const text = name === 'CreationDate' ? '2026-12-01' : 'x'
      const filters = filtersOf([token(name, operator, isEnumerated ? [text, 'y'] : text)])
      assert.equal(filters.length, 1, `${name} ${operator}`)
      compileFilters(filters, 'and')
    }
})

test('a filter finds on the server what its words say', () => {
  assert.ok(finds(token('KeyState', '=', ['Enabled', 'Disabled']), token('Alias', '^', 'inv')))
  assert.ok(finds(token('Alias', '=', 'alias/invoices')))
  assert.ok(!finds(token('KeyState', '!=', ['Enabled', 'Disabled'])))
  assert.ok(finds(token(undefined, ':', 'INVOICES')))
  assert.ok(finds(token('Tag', '=', 'team')) && finds(token('Tag', '=', 'team=a=b')))
  assert.ok(!finds(token('Tag', '=', 'team=a')) && finds(token('Tag', ':', 'team=a')))
  assert.ok(!finds(token('Tag', '!=', 'team')) && finds(token('Tag', '!=', 'cost')))
  assert.ok(finds(token('CreationDate', '>=', '2026-11-29'), token('CreationDate', '<', '2026-12-02')))
  assert.ok(!finds(token('CreationDate', '>=', '2026-12-02')))
})

test('a token without a value is no filter', () => {
  assert.deepEqual(
    filtersOf([token('Alias', '=', ' '), token('KeyState', '=', []), token('Alias', '=', null)]),
    [],
  )
})

test('a filter that the server would refuse has a reason', () => {
  const faultOf = (...tokens: ReturnType<typeof token>[]) => filterFault({ tokens, operation: 'and' })
  assert.match(faultOf(...Array.from({ length: 11 }, () => token('Alias', '=', 'x'))) ?? '', /At most 10/)
  assert.match(faultOf(token('KeySpec', '=', Array.from({ length: 21 }, String))) ?? '', /at most 20/)
  assert.match(faultOf(token('Description', ':', 'x'.repeat(257))) ?? '', /at most 256/)
  for (const day of ['yesterday', '2026-13-01', '2026-12-1', '2026-12-01T00:00'])
    assert.match(faultOf(token('CreationDate', '<', day)) ?? '', /such as 2026-12-01/, day)
  for (const tag of ['team=', '=x']) assert.match(faultOf(token('Tag', '=', tag)) ?? '', /Write a tag/, tag)
  assert.equal(faultOf(token('Tag', '=', 'team=x'), token('CreationDate', '<', '2026-12-01')), undefined)
})

test('an address keeps a filter', () => {
  const tokens = fc
    .constantFrom(...filterProperties)
    .chain(({ key: name, operators, isEnumerated = false }) => {
      const text =
        name === 'CreationDate' ? fc.constant('2026-12-01') : fc.stringMatching(/^[\p{L}"&#%/]{1,20}$/u)
      return fc.record({
        propertyKey: fc.constant(name),
        operator: fc.constantFrom(...operators),
        value: isEnumerated ? fc.array(text, { minLength: 1, maxLength: 20 }) : text,
      })
    })
  const queries = fc.record({
    tokens: fc.array(fc.oneof(tokens, fc.constant(token(undefined, ':', 'free "text"'))), { maxLength: 10 }),
    operation: fc.constantFrom('and' as const, 'or' as const),
  })
  fc.assert(
    fc.property(queries, query => {
      const read = readFilter(Object.fromEntries(new URLSearchParams(writeFilter(query))))
      // The objects of fast-check have no prototype.
      assert.deepEqual(read, query.tokens.length === 0 ? noFilter : structuredClone(query))
    }),
  )
})

test('an address with a wrong filter has none', () => {
  for (const find of [
    ...['', '{', '{}', 'null', '[1]', '[["Alias","="]]', '[["Nothing","=","x"]]', '[["Alias","<","x"]]'],
    ...['[["Alias","=",["x"]]]', '[["KeyState","=","Enabled"]]', '[["KeyState","=",[1]]]', '[["","=","x"]]'],
    ...['[["Alias","=",""]]', '[["CreationDate","<","soon"]]', '[["__proto__","=","x"]]'],
    JSON.stringify(Array.from({ length: 11 }, () => ['Alias', '=', 'x'])),
  ])
    assert.equal(readFilter({ find }), noFilter, find)
})
