import Box from '@cloudscape-design/components/box'
import Header from '@cloudscape-design/components/header'
import Pagination from '@cloudscape-design/components/pagination'
import Table, { type TableProps } from '@cloudscape-design/components/table'
import TextFilter from '@cloudscape-design/components/text-filter'
import { type ReactNode, useState } from 'react'
import type { Principal } from './use-principals.ts'

interface PrincipalsTableProps {
  /** The name of the table, such as `Key administrators`. */
  readonly title: string
  readonly info: ReactNode
  readonly principals: readonly Principal[]
  readonly isLoading: boolean
  /** The ARNs of the selected rows. */
  readonly selected: readonly string[]
  readonly onChange: (arns: readonly string[]) => void
}

const pageSize = 10

/** A table of users and roles, to select some. A search and a change of the page keep the selection. */
export function PrincipalsTable(props: PrincipalsTableProps) {
  const { title, info, principals, isLoading, selected, onChange } = props
  const [search, setSearch] = useState('')
  const [page, setPage] = useState(1)
  const [sorting, setSorting] = useState<TableProps.SortingState<Principal>>(byName)
  const found = matching(principals, search)
  const sorted = sortedBy(found, sorting)
  const find = (text: string) => {
    setSearch(text)
    setPage(1)
  }
  return (
    <Table<Principal>
      header={
        <Header variant="h2" info={info} counter={`(${selected.length} selected)`}>
          {title}
        </Header>
      }
      items={sorted.slice((page - 1) * pageSize, page * pageSize)}
      trackBy="arn"
      selectionType="multi"
      selectedItems={principals.filter(({ arn }) => selected.includes(arn))}
      onSelectionChange={({ detail }) => onChange(detail.selectedItems.map(({ arn }) => arn))}
      columnDefinitions={columns}
      sortingColumn={sorting.sortingColumn}
      sortingDescending={sorting.isDescending === true}
      onSortingChange={({ detail }) => setSorting(detail)}
      loading={isLoading}
      loadingText="Loading users and roles"
      ariaLabels={{
        tableLabel: title,
        selectionGroupLabel: title,
        allItemsSelectionLabel: () => 'All users and roles of the page',
        itemSelectionLabel: (_selection, { name, type }) => `${type} ${name}`,
      }}
      filter={
        <TextFilter
          filteringText={search}
          filteringPlaceholder="Find users and roles"
          filteringAriaLabel="Find users and roles"
          countText={search === '' ? '' : found.length === 1 ? '1 match' : `${found.length} matches`}
          onChange={({ detail }) => find(detail.filteringText)}
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
        <Box textAlign="center" color="text-body-secondary">
          {search === '' ? 'No users or roles' : 'No user or role has this text in its name or path.'}
        </Box>
      }
    />
  )
}

const columns: TableProps.ColumnDefinition<Principal>[] = [
  { id: 'name', header: 'Name', isRowHeader: true, sortingField: 'name', cell: ({ name }) => name },
  { id: 'path', header: 'Path', sortingField: 'path', cell: ({ path }) => path },
  { id: 'type', header: 'Type', sortingField: 'type', cell: ({ type }) => type },
]
const byName: TableProps.SortingState<Principal> = { sortingColumn: { sortingField: 'name' } }

function matching(principals: readonly Principal[], search: string): readonly Principal[] {
  const text = search.toLowerCase()
  return principals.filter(({ name, path }) => `${path}${name}`.toLowerCase().includes(text))
}

function sortedBy(
  principals: readonly Principal[],
  { sortingColumn, isDescending }: TableProps.SortingState<Principal>,
): readonly Principal[] {
  const field = sortingColumn.sortingField as 'name' | 'path' | 'type'
  const order = (a: Principal, b: Principal) => (a[field] === b[field] ? 0 : a[field] < b[field] ? -1 : 1)
  return principals.toSorted((a, b) => (isDescending === true ? order(b, a) : order(a, b)))
}
