import Button from '@cloudscape-design/components/button'
import Header from '@cloudscape-design/components/header'
import Pagination from '@cloudscape-design/components/pagination'
import PropertyFilter, { type PropertyFilterProps } from '@cloudscape-design/components/property-filter'
import SpaceBetween from '@cloudscape-design/components/space-between'
import Table, { type TableProps } from '@cloudscape-design/components/table'
import { Suspense, useState } from 'react'
import { filtersOf } from '../../model/key-filters.ts'
import { KeyActions } from '../../ui/key-actions.tsx'
import { lazyPart } from '../../ui/lazy-part.ts'
import { ErrorBox } from '../../ui/states/error-box.tsx'
import type { KeyDetails, ListKeyDetailsInput } from '../../wire/keyward.ts'
import { columns } from './columns.tsx'
import { filteringOptions, filteringProperties } from './filter-properties.ts'
import { useListPreferences } from './list-preferences.ts'
import { NoKeys, NoMatch } from './no-keys.tsx'
import { OpenKey } from './open-key.tsx'
import { useKeyPages } from './use-key-pages.ts'

const Preferences = lazyPart(() => import('./preferences.tsx').then(part => part.Preferences))

const noFilter: PropertyFilterProps.Query = { tokens: [], operation: 'and' }

/** The list of customer managed keys. */
export function KeysPage() {
  const [filter, setFilter] = useState<PropertyFilterProps.Query>(noFilter)
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
  const page = pages[current - 1]
  const isFiltered = filter.tokens.length > 0
  const sortedColumn = columns.find(({ sortingField }) => sortingField === sorting.field)
  const counter = isFiltered || pages[0]?.Count === undefined ? {} : { counter: `(${pages[0].Count})` }
  return (
    <Table<KeyDetails>
      variant="full-page"
      stickyHeader
      selectionType="multi"
      trackBy="KeyId"
      selectedItems={[...selected]}
      onSelectionChange={({ detail }) => setSelected(detail.selectedItems)}
      items={[...(page?.Keys ?? [])]}
      loading={page === undefined && query.error === null}
      loadingText={
        query.failureCount > 0 ? `Too many requests: trying again (${query.failureCount})` : 'Loading keys'
      }
      columnDefinitions={[...columns]}
      columnDisplay={columns.map(({ id = '' }) => ({ id, visible: preferences.columns.includes(id) }))}
      wrapLines={preferences.wrapsLines}
      {...(sortedColumn && { sortingColumn: sortedColumn })}
      sortingDescending={sorting.isDescending}
      onSortingChange={({ detail }) =>
        setSorting({
          field: detail.sortingColumn.sortingField ?? 'KeyId',
          isDescending: detail.isDescending === true,
        })
      }
      ariaLabels={ariaLabels}
      header={
        <Header
          variant="awsui-h1-sticky"
          {...counter}
          actions={
            <SpaceBetween size="xs" direction="horizontal">
              <Button iconName="refresh" ariaLabel="Refresh keys" onClick={() => void query.refetch()} />
              <OpenKey />
              <KeyActions keys={selected} onDone={() => setSelected([])} />
            </SpaceBetween>
          }
        >
          Customer managed keys
        </Header>
      }
      filter={
        <PropertyFilter
          query={filter}
          onChange={({ detail }) => setFilter(detail)}
          filteringProperties={[...filteringProperties]}
          filteringOptions={[...filteringOptions]}
          freeTextFiltering={{ operators: [':'] }}
          filteringAriaLabel="Find keys"
          filteringPlaceholder="Find keys"
          disableFreeTextFiltering={false}
        />
      }
      pagination={
        <Pagination
          currentPageIndex={current}
          pagesCount={Math.max(pages.length, 1)}
          openEnd={isOpenEnd}
          onChange={({ detail }) => goTo(detail.currentPageIndex)}
        />
      }
      preferences={
        <Suspense>
          <Preferences value={preferences} onChange={setPreferences} />
        </Suspense>
      }
      empty={
        query.error !== null ? (
          <ErrorBox
            error={query.error}
            action="kms:ListKeys"
            onRetry={() => {
              if (sorting.field === 'Alias') setSorting({ field: 'KeyId', isDescending: false })
              void query.refetch()
            }}
          />
        ) : isFiltered ? (
          <NoMatch onClear={() => setFilter(noFilter)} />
        ) : (
          <NoKeys />
        )
      }
      footer={<Hidden count={page?.Hidden ?? 0} />}
    />
  )
}

const ariaLabels: TableProps.AriaLabels<KeyDetails> = {
  tableLabel: 'Customer managed keys',
  selectionGroupLabel: 'Selected keys',
  allItemsSelectionLabel: () => 'All keys of the page',
  itemSelectionLabel: (_selection, { KeyId, Aliases }) => Aliases?.[0]?.AliasName ?? KeyId,
}

/** Says how many keys there are that the caller may not describe. In most orders they are not among the rows. */
function Hidden({ count }: { readonly count: number }) {
  if (count === 0) return null
  return (
    <>You may not describe {count === 1 ? 'one key' : `${count} keys`} here: that needs kms:DescribeKey.</>
  )
}
