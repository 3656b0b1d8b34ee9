import Box from '@cloudscape-design/components/box'
import Button from '@cloudscape-design/components/button'
import Pagination from '@cloudscape-design/components/pagination'
import SpaceBetween from '@cloudscape-design/components/space-between'
import Table, { type TableProps } from '@cloudscape-design/components/table'
import TextFilter from '@cloudscape-design/components/text-filter'
import type { UseQueryResult } from '@tanstack/react-query'
import { type ReactNode, useState } from 'react'
import { ErrorAlert } from './states/error-alert.tsx'

const pageSize = 50

interface FilteredTableProps<T> {
  readonly query: UseQueryResult<readonly T[]>
  /** The things in the table, such as `users`. */
  readonly name: string
  readonly header: (count: string) => ReactNode
  readonly columns: readonly TableProps.ColumnDefinition<T>[]
  readonly trackBy: string
  /** The texts of an item that the filter looks through. */
  readonly textsOf: (item: T) => readonly string[]
  /** The action that reading it needs. */
  readonly action: string
  readonly empty: ReactNode
}

/** A table of everything that a call lists, with a search over all of it. */
export function FilteredTable<T>(props: FilteredTableProps<T>) {
  const { query, name, header, columns, trackBy, textsOf, action, empty } = props
  const [text, setText] = useState('')
  const [page, setPage] = useState(1)
  const all = query.data ?? []
  const found = all.filter(item =>
    textsOf(item).some(member => member.toLowerCase().includes(text.toLowerCase())),
  )
  const search = (next: string) => {
    setText(next)
    setPage(1)
  }
  return (
    <Table<T>
      variant="full-page"
      stickyHeader
      items={found.slice((page - 1) * pageSize, page * pageSize)}
      loading={query.isPending}
      loadingText={`Loading ${name}`}
      trackBy={trackBy}
      columnDefinitions={columns}
      ariaLabels={{ tableLabel: `All ${name}` }}
      header={header(query.data === undefined ? '' : `(${all.length.toLocaleString('en')})`)}
      filter={
        <TextFilter
          filteringText={text}
          filteringPlaceholder={`Find ${name}`}
          filteringAriaLabel={`Find ${name}`}
          countText={text === '' ? '' : `${found.length} ${found.length === 1 ? 'match' : 'matches'}`}
          onChange={({ detail }) => search(detail.filteringText)}
        />
      }
      pagination={
        <Pagination
          currentPageIndex={page}
          pagesCount={Math.max(1, Math.ceil(found.length / pageSize))}
          onChange={({ detail }) => setPage(detail.currentPageIndex)}
        />
      }
      empty={
        query.error !== null ? (
          <ErrorAlert error={query.error} action={action} onRetry={() => void query.refetch()} />
        ) : text === '' ? (
          empty
        ) : (
          <Box textAlign="center" padding="l">
            <SpaceBetween size="s">
              <b>No matches</b>
              <Button onClick={() => search('')}>Clear filter</Button>
            </SpaceBetween>
          </Box>
        )
      }
    />
  )
}
