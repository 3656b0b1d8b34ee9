import Box from '@cloudscape-design/components/box'
import SpaceBetween from '@cloudscape-design/components/space-between'
import { ErrorBox } from '../../ui/states/error-box.tsx'
import { NoKeys, NoMatch } from './no-keys.tsx'
import type { KeyList } from './use-key-list.ts'
import type { KeyPages } from './use-key-pages.ts'

/** The list without rows: refused, not there yet, without a match, or without keys. */
export function NoRows({ list: { pages, isFiltered, isOfAws, clearFilter } }: { readonly list: KeyList }) {
  if (pages.query.error !== null)
    return (
      <SpaceBetween size="s">
        <ListError pages={pages} />
        <Box>A key that you may use opens by its name: Open key.</Box>
      </SpaceBetween>
    )
  if (pages.query.isPending || pages.isSearching || pages.isStopped) return null
  if (pages.current > 1) return <>No more keys</>
  if (pages.hidden > 0) return <>No keys that you may describe</>
  if (isFiltered) return <NoMatch onClear={clearFilter} />
  return isOfAws ? (
    <>Services make these keys when they first encrypt something. There are none yet.</>
  ) : (
    <NoKeys />
  )
}

/** The reason why the list could not be read. */
export function ListError({ pages: { query } }: { readonly pages: KeyPages }) {
  if (query.error === null) return null
  return <ErrorBox error={query.error} action="kms:ListKeys" onRetry={() => void query.refetch()} />
}
