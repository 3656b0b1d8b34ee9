import type { KeyFilter, KeyFilterOperator } from '../wire/keyward.ts'

/** A token of Cloudscape's property filter. */
export interface FilterToken {
  readonly propertyKey?: string | undefined
  readonly operator: string
  readonly value: unknown
}

const operators: Readonly<Record<string, KeyFilterOperator>> = {
  '=': 'is',
  '!=': 'isNot',
  ':': 'contains',
  '!:': 'notContains',
  '^': 'startsWith',
}

/** The filters of a list of keys that the tokens of the property filter mean. Free text is a filter over all texts of a key. */
export function filtersOf(tokens: readonly FilterToken[]): KeyFilter[] {
  return tokens.flatMap(({ propertyKey = 'Text', operator, value }) => {
    const text = String(value)
    const known = operators[operator]
    if (known === undefined || text === '') return []
    if (propertyKey !== 'Tag') return [{ Name: propertyKey, Operator: known, Values: [text] }]
    // A tag is written as `key=value`, or as the key alone.
    const [key = '', ...rest] = text.split('=')
    return rest.length === 0
      ? [{ Name: 'TagKey', Operator: known, Values: [key] }]
      : [{ Name: `Tag:${key}`, Operator: known, Values: [rest.join('=')] }]
  })
}
