import type { PropertyFilterProps } from '@cloudscape-design/components/property-filter'
import { useState } from 'react'
import { filtersOf } from '../../model/key-filters.ts'
import type { KeyDetails, ListKeyDetailsInput } from '../../wire/keyward.ts'
import { useListPreferences } from './list-preferences.ts'
import { useKeyPages } from './use-key-pages.ts'

type Filter = PropertyFilterProps.Query

const noFilter: Filter = { tokens: [], operation: 'and' }

/** The list of keys: what somebody has asked for, and the page of the answer that shows. */
export function useKeyList() {
  const [filter, setFilter] = useState(noFilter)
  const [sorting, setSorting] = useState({ field: 'Alias', isDescending: false })
  const [preferences, setPreferences] = useListPreferences()
  const [selected, setSelected] = useState<readonly KeyDetails[]>([])
  const input: ListKeyDetailsInput = {
    KeyManager: 'CUSTOMER',
    Filters: filtersOf(filter.tokens),
    Join: filter.operation,
    SortBy: sorting.field as 'Alias',
    SortOrder: sorting.isDescending ? 'Descending' : 'Ascending',
    Include: preferences.columns.includes('used') ? ['Tags', 'LastUsage'] : ['Tags'],
    Limit: preferences.pageSize,
  }
  const { query, pages, current, goTo, isOpenEnd } = useKeyPages(input)
  const isFiltered = filter.tokens.length > 0
  const retry = () => {
    // The order of aliases needs a permission of its own.
    if (sorting.field === 'Alias') setSorting({ field: 'KeyId', isDescending: false })
    void query.refetch()
  }
  return {
    ...{ filter, setFilter, sorting, setSorting, preferences, setPreferences, selected, setSelected },
    ...{ query, page: pages[current - 1], pagesCount: Math.max(pages.length, 1), current, goTo, isOpenEnd },
    ...{ isFiltered, count: isFiltered ? undefined : pages[0]?.Count, retry },
    clearFilter: () => setFilter(noFilter),
  }
}

export type KeyList = ReturnType<typeof useKeyList>
