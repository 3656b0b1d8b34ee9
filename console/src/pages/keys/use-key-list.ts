import { useEffect, useState } from 'react'
import { filtersOf, noFilter } from '../../model/key-filters.ts'
import type { Route } from '../../route/route.ts'
import { ApiError } from '../../wire/errors.ts'
import { type ListPreferences, useListPreferences } from './list-preferences.ts'
import { useKeyPages } from './use-key-pages.ts'
import { useListAddress } from './use-list-address.ts'

type Address = ReturnType<typeof useListAddress>

/** The list of keys: what somebody has asked for, and the page of the answer that shows. */
export function useKeyList(route: Route) {
  const isOfAws = route.page === 'awsKeys'
  const address = useListAddress(route)
  const [preferences, setPreferences] = useListPreferences()
  const [selected, setSelected] = useState<readonly string[]>([])
  const pages = useKeyPages({ ...inputOf(address, preferences), KeyManager: isOfAws ? 'AWS' : 'CUSTOMER' })
  useOrderWithoutAliases(pages.query.error, address)
  return {
    ...{ ...address, isOfAws, pages, preferences, setPreferences, setSelected },
    selected: pages.keys.filter(({ KeyId }) => selected.includes(KeyId)),
    isFiltered: address.filter.tokens.length > 0,
    clearFilter: () => address.setFilter(noFilter),
  }
}

export type KeyList = ReturnType<typeof useKeyList>

const inputOf = ({ filter, order }: Address, { columns: shown, pageSize }: ListPreferences) => ({
  Filters: filtersOf(filter.tokens),
  Join: filter.operation,
  SortBy: order.by,
  SortOrder: order.isDescending ? ('Descending' as const) : ('Ascending' as const),
  // Tags are read in any case: the filter offers them.
  Include: shown.includes('used') ? (['Tags', 'LastUsage'] as const) : (['Tags'] as const),
  Limit: pageSize,
})

/** The order of aliases needs a permission of its own. Without it, the list is in the order of key IDs. */
function useOrderWithoutAliases(error: Error | null, { order, setOrder }: Address): void {
  const isRefused =
    order.by === 'Alias' && error instanceof ApiError && error.denial?.action === 'kms:ListAliases'
  useEffect(() => {
    if (isRefused) setOrder({ by: 'KeyId', isDescending: false })
  })
}
