import KeyValuePairs from '@cloudscape-design/components/key-value-pairs'
import StatusIndicator from '@cloudscape-design/components/status-indicator'
import type { Fact } from './panels.ts'

/** Facts with a mark for each that somebody should look at. */
export function Facts({ facts }: { readonly facts: readonly Fact[] }) {
  return (
    <KeyValuePairs
      columns={2}
      items={facts.map(({ label, value, state }) => ({
        label,
        value: state === undefined ? value : <StatusIndicator type={state}>{value}</StatusIndicator>,
      }))}
    />
  )
}
