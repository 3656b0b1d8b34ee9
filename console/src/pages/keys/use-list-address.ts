import { type FilterQuery, readFilter, writeFilter } from '../../model/key-filters.ts'
import { type KeyOrder, readOrder, writeOrder } from '../../model/key-order.ts'
import type { Route } from '../../route/route.ts'
import { href, navigate } from '../../route/use-route.ts'

/** The filter and the order of the list, which the address has: the way back from a key leads to the same list. */
export function useListAddress({ page, query }: Route) {
  const [filter, order] = [readFilter(query), readOrder(query)]
  const show = (nextFilter: FilterQuery, nextOrder: KeyOrder) =>
    navigate(href(page, {}, { ...writeFilter(nextFilter), ...writeOrder(nextOrder) }), { replaces: true })
  return {
    filter,
    order,
    setFilter: (next: FilterQuery) => show(next, order),
    setOrder: (next: KeyOrder) => show(filter, next),
  }
}
