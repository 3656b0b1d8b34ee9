import Pagination from '@cloudscape-design/components/pagination'
import Table, { type TableProps } from '@cloudscape-design/components/table'
import { Suspense } from 'react'
import { lazyPart } from '../../ui/lazy-part.ts'
import { ErrorBox } from '../../ui/states/error-box.tsx'
import type { KeyDetails } from '../../wire/keyward.ts'
import { columns } from './columns.tsx'
import { KeyFilter } from './key-filter.tsx'
import { ListHeader } from './list-header.tsx'
import { NoKeys, NoMatch } from './no-keys.tsx'
import { type KeyList, useKeyList } from './use-key-list.ts'

const Preferences = lazyPart(() => import('./preferences.tsx').then(part => part.Preferences))

/** The list of customer managed keys. */
export function KeysPage() {
  const list = useKeyList()
  const { query, page, sorting, preferences } = list
  const sortedColumn = columns.find(({ sortingField }) => sortingField === sorting.field)
  return (
    <Table<KeyDetails>
      variant="full-page"
      stickyHeader
      selectionType="multi"
      trackBy="KeyId"
      selectedItems={[...list.selected]}
      onSelectionChange={({ detail }) => list.setSelected(detail.selectedItems)}
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
      onSortingChange={({ detail }) => list.setSorting(sortingOf(detail))}
      ariaLabels={ariaLabels}
      header={<ListHeader list={list} />}
      filter={<KeyFilter list={list} />}
      pagination={
        <Pagination
          currentPageIndex={list.current}
          pagesCount={list.pagesCount}
          openEnd={list.isOpenEnd}
          onChange={({ detail }) => list.goTo(detail.currentPageIndex)}
        />
      }
      preferences={
        <Suspense>
          <Preferences value={preferences} onChange={list.setPreferences} />
        </Suspense>
      }
      empty={<Empty list={list} />}
      footer={<Hidden count={page?.Hidden ?? 0} />}
    />
  )
}

const sortingOf = ({ sortingColumn, isDescending }: TableProps.SortingState<KeyDetails>) => ({
  field: sortingColumn.sortingField ?? 'KeyId',
  isDescending: isDescending === true,
})

const ariaLabels: TableProps.AriaLabels<KeyDetails> = {
  tableLabel: 'Customer managed keys',
  selectionGroupLabel: 'Selected keys',
  allItemsSelectionLabel: () => 'All keys of the page',
  itemSelectionLabel: (_selection, { KeyId, Aliases }) => Aliases?.[0]?.AliasName ?? KeyId,
}

/** The list without rows: refused, without a match, or without keys. */
function Empty({ list: { query, retry, isFiltered, clearFilter } }: { readonly list: KeyList }) {
  if (query.error !== null) return <ErrorBox error={query.error} action="kms:ListKeys" onRetry={retry} />
  return isFiltered ? <NoMatch onClear={clearFilter} /> : <NoKeys />
}

/** Says how many keys there are that the caller may not describe. In most orders they are not among the rows. */
function Hidden({ count }: { readonly count: number }) {
  if (count === 0) return null
  return (
    <>You may not describe {count === 1 ? 'one key' : `${count} keys`} here: that needs kms:DescribeKey.</>
  )
}
