import { type KeyState, type KmsKey, type Tag, validation } from '../../../domain/index.ts'

/** The comparisons of a filter with a value. Texts are compared without regard to case, as in the console of AWS. */
export const filterOperators = ['is', 'isNot', 'contains', 'notContains', 'startsWith'] as const
type FilterOperator = (typeof filterOperators)[number]

/** A condition on the keys of a list. Several values are alternatives; a negated operator needs all of them to differ. */
export interface KeyFilter {
  readonly Name: string
  readonly Operator: FilterOperator
  readonly Values: readonly string[]
}

/** The facts of a key that a caller may see. A fact that it may not see is undefined, and then meets no filter. */
export interface VisibleFacts {
  readonly keyId: string
  readonly metadata:
    | (Pick<KmsKey, 'keySpec' | 'keyUsage' | 'origin' | 'description' | 'createdAt'> & {
        readonly keyState: KeyState
        readonly isMultiRegion: boolean
        readonly customKeyStoreId: string | undefined
      })
    | undefined
  readonly aliasNames: readonly string[] | undefined
  readonly tags: readonly Tag[] | undefined
}

/** Reads the texts of a key that a filter compares; undefined if the caller may not see them. */
type Reading = (key: VisibleFacts) => readonly string[] | undefined

const withoutPrefix = (aliasName: string) => aliasName.replace(/^alias\//, '')
const ofMetadata =
  (read: (metadata: NonNullable<VisibleFacts['metadata']>) => string | undefined): Reading =>
  ({ metadata }) => {
    if (metadata === undefined) return undefined
    const text = read(metadata)
    return text === undefined ? [] : [text]
  }

const readings: Readonly<Record<string, Reading>> = {
  KeyId: ({ keyId }) => [keyId],
  Alias: ({ aliasNames }) => aliasNames?.map(withoutPrefix),
  Description: ofMetadata(({ description }) => description),
  KeyState: ofMetadata(({ keyState }) => keyState),
  KeySpec: ofMetadata(({ keySpec }) => keySpec),
  KeyUsage: ofMetadata(({ keyUsage }) => keyUsage),
  Origin: ofMetadata(({ origin }) => origin),
  Regionality: ofMetadata(({ isMultiRegion }) => (isMultiRegion ? 'MULTI_REGION' : 'SINGLE_REGION')),
  KeyStoreId: ofMetadata(({ customKeyStoreId }) => customKeyStoreId),
  TagKey: ({ tags }) => tags?.map(({ tagKey }) => tagKey),
  Text: ({ keyId, metadata, aliasNames = [], tags = [] }) => [
    keyId,
    ...(metadata === undefined ? [] : [metadata.description]),
    ...aliasNames.map(withoutPrefix),
    ...tags.flatMap(({ tagKey, tagValue }) => [tagKey, tagValue]),
  ],
}

const tests: Readonly<Record<FilterOperator, (text: string, value: string) => boolean>> = {
  is: (text, value) => text === value,
  isNot: (text, value) => text === value,
  contains: (text, value) => text.includes(value),
  notContains: (text, value) => text.includes(value),
  startsWith: (text, value) => text.startsWith(value),
}

/** Whether a key meets the filters of a list. */
export type KeyTest = (key: VisibleFacts) => boolean

/** Compiles filters that must all be met, or one of which must. Throws ValidationException. */
export function compileFilters(filters: readonly KeyFilter[], join: 'and' | 'or'): KeyTest {
  const compiled = filters.map(compileFilter)
  if (compiled.length === 0) return () => true
  return join === 'and' ? key => compiled.every(test => test(key)) : key => compiled.some(test => test(key))
}

function compileFilter({ Name: name, Operator: operator, Values: given }: KeyFilter): KeyTest {
  if (name === 'CreatedAfter' || name === 'CreatedBefore') return compileTime(name, operator, given)
  const values = given.map(value => (name === 'Alias' ? withoutPrefix(value) : value).toLowerCase())
  const reading = readingOf(name)
  const isNegated = operator === 'isNot' || operator === 'notContains'
  const isMatch = tests[operator]
  // A text of a key that the caller may not see would show by not being there.
  if (name === 'Text' && isNegated) throw validation('Text has no negated operators.')
  return key => {
    const texts = reading(key)?.map(text => text.toLowerCase())
    if (texts === undefined) return false
    return texts.some(text => values.some(value => isMatch(text, value))) !== isNegated
  }
}

function readingOf(name: string): Reading {
  if (name.startsWith('Tag:')) {
    const wanted = name.slice('Tag:'.length)
    return ({ tags }) => tags?.flatMap(({ tagKey, tagValue }) => (tagKey === wanted ? [tagValue] : []))
  }
  const reading = Object.hasOwn(readings, name) ? readings[name] : undefined
  if (reading !== undefined) return reading
  const names = [...Object.keys(readings), 'Tag:KEY', 'CreatedAfter', 'CreatedBefore']
  throw validation(`${name} is no filter of keys. The filters are ${names.join(', ')}.`)
}

function compileTime(name: string, operator: FilterOperator, values: readonly string[]): KeyTest {
  const [text = ''] = values
  const time = /^\d{4}-\d{2}-\d{2}(T|$)/.test(text) ? Date.parse(text) : Number.NaN
  if (operator !== 'is' || values.length !== 1 || Number.isNaN(time))
    throw validation(`${name} has the operator is and one time such as 2026-12-01T08:00:00Z.`)
  return ({ metadata }) => {
    if (metadata === undefined) return false
    return name === 'CreatedAfter' ? metadata.createdAt >= time : metadata.createdAt < time
  }
}
