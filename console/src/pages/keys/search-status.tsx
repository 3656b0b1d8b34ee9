import Box from '@cloudscape-design/components/box'
import Button from '@cloudscape-design/components/button'
import StatusIndicator from '@cloudscape-design/components/status-indicator'
import { useLate } from '../../ui/use-late.ts'
import type { KeyPages } from './use-key-pages.ts'

/**
 * How far the search for a page of keys is, if it takes long. The server looks at some thousand entries a call, which are keys, and in the
 * order of aliases also aliases.
 */
export function SearchStatus({ pages }: { readonly pages: KeyPages }) {
  const { query, examined, isSearching, isStopped, stop, goOn } = pages
  const isLate = useLate(isSearching || query.isPlaceholderData)
  if (isStopped)
    return (
      <Box>
        Stopped after {examined.toLocaleString('en')} entries.{' '}
        <Button variant="inline-link" onClick={goOn}>
          Continue search
        </Button>
      </Box>
    )
  if (!isLate) return null
  if (query.failureCount > 0)
    return (
      <StatusIndicator type="pending">Too many requests: trying again ({query.failureCount})</StatusIndicator>
    )
  if (!isSearching) return <StatusIndicator type="loading">Loading keys</StatusIndicator>
  return (
    <Box>
      <StatusIndicator type="loading">Examined {examined.toLocaleString('en')} entries</StatusIndicator>{' '}
      <Button variant="inline-link" onClick={stop}>
        Stop search
      </Button>
    </Box>
  )
}
