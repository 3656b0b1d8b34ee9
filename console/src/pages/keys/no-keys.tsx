import Box from '@cloudscape-design/components/box'
import Button from '@cloudscape-design/components/button'
import SpaceBetween from '@cloudscape-design/components/space-between'
import { href } from '../../route/use-route.ts'

/** The list of an account without keys. */
export function NoKeys() {
  return (
    <Box textAlign="center" padding="l">
      <SpaceBetween size="s">
        <b>No keys</b>
        <Box color="text-body-secondary">
          A KMS key encrypts, signs or makes MACs, and never leaves the server. This account has none in this
          Region.
        </Box>
        <Button href={href('createKey')}>Create key</Button>
      </SpaceBetween>
    </Box>
  )
}

/** The list if no key meets the filter. */
export function NoMatch({ onClear }: { readonly onClear: () => void }) {
  return (
    <Box textAlign="center" padding="l">
      <SpaceBetween size="s">
        <b>No matches</b>
        <Box color="text-body-secondary">No key meets the filters.</Box>
        <Button onClick={onClear}>Clear filters</Button>
      </SpaceBetween>
    </Box>
  )
}
