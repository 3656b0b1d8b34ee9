import type { Json } from '../../../std/index.ts'
import type { GivenFilter } from './filters.ts'
import type { ListingInput } from './listing.ts'

// CloudTrail writes the lists of older operations of EC2 as sets (recorded from AWS: the rules of Panther for DescribeVpcs,
// DescribeSecurityGroups, DescribeRouteTables and DescribeInstances; CreateTags in several public collections).

/** A list, each item with its value under a name; an empty list has no items. */
export function setOf(values: readonly Json[] | undefined, name: string): Json {
  return itemsOf(values?.map(value => ({ [name]: value })))
}

/** A list whose items are structures. */
export function itemsOf(items: readonly Json[] | undefined = []): Json {
  return items.length === 0 ? {} : { items: [...items] }
}

/** The requestParameters of a request that describes things. `sets` are the lists of ids, by their names in records. */
export function listingRecord(
  { MaxResults, NextToken, Filter }: ListingInput,
  sets: { readonly [name: string]: Json },
): Json {
  return {
    ...(MaxResults === undefined ? {} : { maxResults: MaxResults }),
    ...(NextToken === undefined ? {} : { nextToken: NextToken }),
    ...sets,
    filterSet: itemsOf(Filter?.map(renderFilter)),
  }
}

const renderFilter = ({ Name, Value }: GivenFilter): Json => ({
  ...(Name === undefined ? {} : { name: Name }),
  valueSet: setOf(Value, 'value'),
})
