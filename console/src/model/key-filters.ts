import type { KeyFilter, KeyFilterOperator } from '../wire/keyward.ts'

/** A token of Cloudscape's property filter. Enumerated properties have a list of values, which are alternatives. */
export interface FilterToken {
  readonly propertyKey?: string | undefined
  readonly operator: string
  readonly value: unknown
}

/** The content of the property filter. */
export interface FilterQuery {
  readonly tokens: readonly FilterToken[]
  readonly operation: 'and' | 'or'
}

export const noFilter: FilterQuery = { tokens: [], operation: 'and' }

const operators: Readonly<Record<string, KeyFilterOperator>> = {
  '=': 'is',
  '!=': 'isNot',
  ':': 'contains',
  '!:': 'notContains',
  '^': 'startsWith',
}

/** A property by which keys are found, with the operators that the server has for it. */
export interface FilterProperty {
  readonly key: string
  readonly label: string
  readonly plural: string
  readonly operators: readonly string[]
  /** Whether the values are chosen from a list. */
  readonly isEnumerated?: boolean
}

const texts = [':', '!:', '=', '!=', '^']
const choices = { operators: ['=', '!='], isEnumerated: true }

export const filterProperties: readonly FilterProperty[] = [
  { key: 'Alias', label: 'Alias', plural: 'Aliases', operators: texts },
  { key: 'KeyId', label: 'Key ID', plural: 'Key IDs', operators: texts },
  { key: 'KeyState', label: 'Status', plural: 'Statuses', ...choices },
  { key: 'KeySpec', label: 'Key spec', plural: 'Key specs', ...choices },
  { key: 'KeyUsage', label: 'Key usage', plural: 'Key usages', ...choices },
  { key: 'Origin', label: 'Origin', plural: 'Origins', ...choices },
  { key: 'Regionality', label: 'Regionality', plural: 'Regionalities', ...choices },
  { key: 'KeyStoreId', label: 'Custom key store ID', plural: 'Custom key store IDs', operators: ['=', '!='] },
  { key: 'Tag', label: 'Tag', plural: 'Tags', operators: ['=', '!=', ':', '^'] },
  { key: 'Description', label: 'Description', plural: 'Descriptions', operators: [':', '!:', '^'] },
  { key: 'CreationDate', label: 'Creation date', plural: 'Creation dates', operators: ['>=', '<'] },
]

/** The limits of ListKeyDetails. */
const filtersMax = 10
const valuesMax = 20
const lengthMax = 256

/** The filters of a list of keys that tokens mean. Free text is a filter over all texts of a key. */
export function filtersOf(tokens: readonly FilterToken[]): KeyFilter[] {
  return tokens.flatMap(({ propertyKey = 'Text', operator, value }) => {
    const values = valuesOf(value)
    if (values.length === 0) return []
    if (propertyKey === 'CreationDate') {
      const name = operator === '<' ? 'CreatedBefore' : 'CreatedAfter'
      return [{ Name: name, Operator: 'is' as const, Values: values.map(startOfDay) }]
    }
    const known = operators[operator]
    if (known === undefined) return []
    return propertyKey === 'Tag'
      ? [tagFilter(values[0] ?? '', known)]
      : [{ Name: propertyKey, Operator: known, Values: values }]
  })
}

const valuesOf = (value: unknown): string[] =>
  (Array.isArray(value) ? value : [value])
    .filter((item): item is string => typeof item === 'string')
    .map(item => item.trim())
    .filter(item => item !== '')

/** A tag is written as `key=value`, or as the key alone. A key that has `=` itself is found by the key alone only as free text. */
function tagFilter(text: string, operator: KeyFilterOperator): KeyFilter {
  const at = text.indexOf('=')
  return at === -1
    ? { Name: 'TagKey', Operator: operator, Values: [text] }
    : { Name: `Tag:${text.slice(0, at)}`, Operator: operator, Values: [text.slice(at + 1)] }
}

const dayForm = /^\d{4}-\d{2}-\d{2}$/

/** A day begins at midnight in the time zone of the reader. */
const startOfDay = (day: string): string => new Date(`${day}T00:00:00`).toISOString()

const isDay = (day: string): boolean => dayForm.test(day) && !Number.isNaN(Date.parse(`${day}T00:00:00`))

/** The reason why the server would refuse a filter; undefined for a good one. */
export function filterFault({ tokens }: FilterQuery): string | undefined {
  if (tokens.length > filtersMax) return `At most ${filtersMax} filters can be set.`
  for (const { propertyKey, value } of tokens) {
    const values = valuesOf(value)
    if (values.length > valuesMax) return `A filter has at most ${valuesMax} values.`
    if (values.some(text => text.length > lengthMax)) return `A filter has at most ${lengthMax} characters.`
    if (propertyKey === 'CreationDate' && !values.every(isDay))
      return 'Write a creation date as year, month and day, such as 2026-12-01.'
    if (propertyKey === 'Tag' && values.some(text => /^=|=$/.test(text)))
      return 'Write a tag as its key, or as its key and value, such as team or team=payments.'
  }
  return undefined
}

/** Writes a filter as members of an address. */
export function writeFilter({ tokens, operation }: FilterQuery): Record<string, string> {
  if (tokens.length === 0) return {}
  const find = JSON.stringify(
    tokens.map(({ propertyKey = '', operator, value }) => [propertyKey, operator, value]),
  )
  return operation === 'or' ? { find, join: 'or' } : { find }
}

/** Reads the filter in the members of an address. An address with a wrong filter has none, because anyone can write addresses. */
export function readFilter(query: Readonly<Record<string, string>>): FilterQuery {
  const { find, join } = query
  if (find === undefined) return noFilter
  try {
    const items: unknown = JSON.parse(find)
    if (!Array.isArray(items)) return noFilter
    const read = { tokens: items.map(readToken), operation: join === 'or' ? 'or' : 'and' } as const
    return filterFault(read) === undefined ? read : noFilter
  } catch {
    return noFilter
  }
}

function readToken(item: unknown): FilterToken {
  if (!Array.isArray(item) || item.length !== 3) throw new Error('no filter')
  const [name, operator, value] = item as unknown[]
  const property = filterProperties.find(({ key }) => key === name)
  const allowed = name === '' ? [':'] : (property?.operators ?? [])
  const isEnumerated = property?.isEnumerated === true
  const isGood = isEnumerated
    ? Array.isArray(value) && value.every(one => typeof one === 'string')
    : typeof value === 'string'
  if (typeof operator !== 'string' || !allowed.includes(operator) || !isGood || valuesOf(value).length === 0)
    throw new Error('no filter')
  return { ...(property && { propertyKey: property.key }), operator, value }
}
