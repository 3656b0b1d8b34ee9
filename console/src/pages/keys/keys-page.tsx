import Pagination from '@cloudscape-design/components/pagination'
import SpaceBetween from '@cloudscape-design/components/space-between'
import Table, { type TableProps } from '@cloudscape-design/components/table'
import { Suspense } from 'react'
import type { KeyOrder } from '../../model/key-order.ts'
import type { Route } from '../../route/route.ts'
import { lazyPart } from '../../ui/lazy-part.ts'
import { useLate } from '../../ui/use-late.ts'
import type { KeyDetails } from '../../wire/keyward.ts'
import { columns } from './columns.tsx'
import { KeyFilter } from './key-filter.tsx'
import { ListHeader } from './list-header.tsx'
import { ListError, NoRows } from './no-rows.tsx'
import { SearchStatus } from './search-status.tsx'
import { type KeyList, useKeyList } from './use-key-list.ts'

const Preferences = lazyPart(() => import('./preferences.tsx').then(part => part.Preferences))

/** The list of customer managed keys, or of those that AWS services made. */
export function KeysPage({ route }: { readonly route: Route }) {
  const list = useKeyList(route)
  const { pages, preferences } = list
  const isLate = useLate(pages.query.isPending)
  return (
    <Table<KeyDetails>
      variant="full-page"
      stickyHeader
      {...(!list.isOfAws && { selectionType: 'multi' })}
      trackBy="KeyId"
      selectedItems={list.selected}
      onSelectionChange={({ detail }) => list.setSelected(detail.selectedItems.map(({ KeyId }) => KeyId))}
      items={pages.keys}
      loading={pages.query.isPending && isLate}
      loadingText={
        pages.query.failureCount > 0
          ? `Too many requests: trying again (${pages.query.failureCount})`
          : 'Loading keys'
      }
      columnDefinitions={columns}
      columnDisplay={columns.map(({ id = '' }) => ({ id, visible: preferences.columns.includes(id) }))}
      wrapLines={preferences.wrapsLines}
      {...sortingOf(list)}
      ariaLabels={{ ...ariaLabels, tableLabel: list.isOfAws ? 'AWS managed keys' : 'Customer managed keys' }}
      header={<ListHeader list={list} />}
      filter={<Find list={list} />}
      pagination={
        <Pagination
          currentPageIndex={pages.current}
          pagesCount={pages.pagesCount}
          openEnd={pages.isOpenEnd}
          onChange={({ detail }) => pages.goTo(detail.currentPageIndex)}
        />
      }
      preferences={
        <Suspense>
          <Preferences value={preferences} onChange={list.setPreferences} />
        </Suspense>
      }
      empty={<NoRows list={list} />}
      footer={<Hidden count={pages.hidden} order={list.order} />}
    />
  )
}

function sortingOf({ order, setOrder }: KeyList): Partial<TableProps<KeyDetails>> {
  const column = columns.find(({ sortingField }) => sortingField === order.by)
  return {
    ...(column && { sortingColumn: column }),
    sortingDescending: order.isDescending,
    onSortingChange: ({ detail }) =>
      setOrder({
        by: detail.sortingColumn.sortingField as KeyOrder['by'],
        isDescending: detail.isDescending === true,
      }),
  }
}

/** The filter, and how far the search is. */
function Find({ list: { pages, filter, setFilter } }: { readonly list: KeyList }) {
  return (
    <SpaceBetween size="xs">
      <KeyFilter value={filter} onChange={setFilter} keys={pages.keys} />
      <SearchStatus pages={pages} />
      {pages.keys.length > 0 && <ListError pages={pages} />}
    </SpaceBetween>
  )
}

const ariaLabels: TableProps.AriaLabels<KeyDetails> = {
  selectionGroupLabel: 'Selected keys',
  allItemsSelectionLabel: () => 'All keys of the page',
  itemSelectionLabel: (_selection, { KeyId, Aliases }) => Aliases?.[0]?.AliasName ?? KeyId,
}

/** Says how many keys there are that the caller may not describe. In some orders their place would say too much. */
function Hidden({ count, order }: { readonly count: number; readonly order: KeyOrder }) {
  if (count === 0) return null
  const isShown = order.by === 'Alias' || order.by === 'KeyId'
  return (
    <>
      You may not describe {count === 1 ? 'one key' : `${count} keys`} here: that needs kms:DescribeKey.
      {!isShown && ' They show only in the order of aliases or key IDs.'}
    </>
  )
}
