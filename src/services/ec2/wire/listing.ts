import type { Ec2IdKind, Scope } from '../../../domain/index.ts'
import type { TokenSeal } from '../../page-tokens.ts'
import { applyFilters, type FilterTable, type GivenFilter } from './filters.ts'
import { cutPage, type ItemPage, listingOf, type PageInput } from './paging.ts'
import { named } from './parameters.ts'

/** The items that an operation describes. */
export interface Listing<T> {
  /** The name of the operation. */
  readonly operation: string
  readonly kind: Ec2IdKind
  readonly items: readonly T[]
  /** Returns the id of an item, which is unique. */
  readonly idOf: (item: T) => string
  readonly table: FilterTable<T>
}

/** The members of a request that choose from a listing. */
export interface ListingInput extends PageInput {
  readonly Filter?: readonly GivenFilter[] | undefined
}

/** Returns the name of a listing, from everything that determines its items. */
export function listingNameOf(
  operation: string,
  scope: Scope,
  ids: readonly string[] | undefined,
  filters: readonly GivenFilter[] | undefined,
): string {
  const shown = filters?.map(({ Name, Value }) => [Name ?? null, Value === undefined ? null : [...Value]])
  return listingOf(operation, scope, ids === undefined ? null : [...ids], shown ?? null)
}

/**
 * Returns the page of a listing that a request asks for: the named items that the filters match, by id. Throws the errors of
 * `named`, `applyFilters` and `cutPage`.
 */
export function pageOf<T>(
  { operation, kind, items, idOf, table }: Listing<T>,
  ids: readonly string[] | undefined,
  input: ListingInput,
  { scope, secrets }: { readonly scope: Scope; readonly secrets: TokenSeal },
): ItemPage<T> {
  const name = listingNameOf(operation, scope, ids, input.Filter)
  return cutPage(secrets, name, applyFilters(named(kind, ids, items, idOf), input.Filter, table), input, idOf)
}
