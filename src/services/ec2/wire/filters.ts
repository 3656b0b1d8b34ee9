import { compileEscapedWildcard, StepBudget, TooManySteps } from '../../../access/index.ts'
import { ServiceError, type Tag } from '../../../domain/index.ts'
import { invalidValue, needed } from './parameters.ts'

/** A filter of a request. */
export interface GivenFilter {
  readonly Name?: string | undefined
  readonly Value?: readonly string[] | undefined
}

/** The values of an item, of which a filter must match at least one. */
export type FilterValues<T> = (item: T) => readonly (string | undefined)[]

/** The filters that a listing has. */
export interface FilterTable<T> {
  readonly filters: Readonly<Record<string, FilterValues<T>>>
  /** The tags for the filters `tag:KEY` and `tag-key`; absent if the listing does not have these. */
  readonly tags?: (item: T) => readonly Tag[]
}

/** The most filters, and the most values in all of them (Amazon EC2 user guide, "List and filter using the CLI and API"). */
const filtersMax = 50
const valuesMax = 200
const valueLengthMax = 255
/** The steps of all comparisons of a request, of about a nanosecond each: no other request is served meanwhile. */
const stepsMax = 20_000_000

/**
 * Returns the items that all filters match. A filter matches if one of its values does; `*` and `?` are wildcards, and `\` makes
 * the next character literal. Values are compared with regard to case (Amazon EC2 API reference, "Filter"). Throws
 * InvalidParameterValue, MissingParameter or FilterLimitExceeded. The texts are not recorded from AWS.
 */
export function applyFilters<T>(
  items: readonly T[],
  given: readonly GivenFilter[] | undefined = [],
  table: FilterTable<T>,
): readonly T[] {
  if (given.length > filtersMax) throw limitExceeded(`filters specified on a single call is ${filtersMax}`)
  const values = given.reduce((sum, { Value = [] }) => sum + Value.length, 0)
  if (values > valuesMax) throw limitExceeded(`filter values specified on a single call is ${valuesMax}`)
  const steps = new StepBudget(stepsMax)
  const tests = given.map((filter, index) => compileFilter(filter, index + 1, table, steps))
  try {
    return items.filter(item => tests.every(matches => matches(item)))
  } catch (error) {
    if (!(error instanceof TooManySteps)) throw error
    throw new ServiceError('FilterLimitExceeded', 'The filters take too many steps to evaluate')
  }
}

const limitExceeded = (limit: string) =>
  new ServiceError('FilterLimitExceeded', `The maximum number of ${limit}`)

function compileFilter<T>(
  { Name, Value }: GivenFilter,
  position: number,
  table: FilterTable<T>,
  steps: StepBudget,
): (item: T) => boolean {
  const name = needed(Name, `Filter.${position}.Name`)
  const valuesOf = findValues(name, table)
  const patterns = needed(Value, `Filter.${position}.Value`).map(text => {
    if (text.length <= valueLengthMax) return compileEscapedWildcard(text)
    throw new ServiceError(
      'FilterLimitExceeded',
      `The maximum length for a filter value is ${valueLengthMax} characters`,
    )
  })
  return item =>
    valuesOf(item).some(value => value !== undefined && patterns.some(matches => matches(value, steps)))
}

function findValues<T>(name: string, { filters, tags }: FilterTable<T>): FilterValues<T> {
  if (Object.hasOwn(filters, name)) return filters[name] as FilterValues<T>
  if (tags !== undefined && name === 'tag-key') return item => tags(item).map(({ tagKey }) => tagKey)
  if (tags !== undefined && name.startsWith('tag:')) {
    const key = name.slice('tag:'.length)
    return item => tags(item).flatMap(({ tagKey, tagValue }) => (tagKey === key ? [tagValue] : []))
  }
  throw invalidValue(`The filter '${name.slice(0, valueLengthMax)}' is invalid`)
}
