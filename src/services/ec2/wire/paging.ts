import { ServiceError } from '../../../domain/index.ts'
import { listingOf, makeToken, openToken, type TokenSeal } from '../../page-tokens.ts'
import { invalidValue } from './parameters.ts'

export { listingOf }

/** The most items of a page, whatever a request asks for (Amazon EC2 API reference, "DescribeVpcEndpoints": MaxResults). */
const resultsMax = 1000
/** The fewest items that a request can ask for (text recorded from AWS: aws/aws-sdk-ruby pull request 2575). */
const resultsMin = 5

/** The members of a request that ask for a page. */
export interface PageInput {
  readonly MaxResults?: number | undefined
  readonly NextToken?: string | undefined
}

/** A page of items. */
export interface ItemPage<T> {
  readonly items: readonly T[]
  readonly nextToken: string | undefined
}

/**
 * Cuts a page out of items that are all in memory. `keyOf` returns the unique place of an item in the order of the listing. `listing`
 * is made by `listingOf` from all parameters that determine the items. Throws InvalidParameterValue for a page that is too
 * small, and InvalidPaginationToken for a token of a different listing.
 */
export function cutPage<T>(
  secrets: TokenSeal,
  listing: string,
  items: readonly T[],
  { MaxResults = resultsMax, NextToken }: PageInput,
  keyOf: (item: T) => string,
): ItemPage<T> {
  if (MaxResults < resultsMin)
    throw invalidValue(
      `Value ( ${MaxResults} ) for parameter maxResults is invalid. Expecting a value greater than ${resultsMin}.`,
    )
  const after = NextToken === undefined ? undefined : openToken(secrets, listing, NextToken, invalidToken)
  const rest = items
    .map(item => ({ item, key: keyOf(item) }))
    .filter(({ key }) => typeof after !== 'string' || key > after)
    .sort((a, b) => (a.key < b.key ? -1 : 1))
  const kept = rest.slice(0, Math.min(MaxResults, resultsMax))
  const last = kept.at(-1)
  const hasMore = last !== undefined && kept.length < rest.length
  return {
    items: kept.map(({ item }) => item),
    nextToken: hasMore ? makeToken(secrets, listing, last.key) : undefined,
  }
}

/** Amazon EC2 API reference, "Error codes": InvalidPaginationToken. */
const invalidToken = () =>
  new ServiceError('InvalidPaginationToken', 'The specified pagination token is not valid or is expired.')
