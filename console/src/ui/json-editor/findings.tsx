import Box from '@cloudscape-design/components/box'
import Icon from '@cloudscape-design/components/icon'
import LiveRegion from '@cloudscape-design/components/live-region'
import SpaceBetween from '@cloudscape-design/components/space-between'
import StatusIndicator from '@cloudscape-design/components/status-indicator'
import type { PolicyFinding } from '../../model/policy/policy-findings.ts'

/** The findings in a policy, read aloud when they change. */
export function Findings({ findings }: { readonly findings: readonly PolicyFinding[] }) {
  return (
    <LiveRegion>
      <SpaceBetween size="xxs">
        {findings.length === 0 && (
          <StatusIndicator type="success">The text has no fault that this page can find.</StatusIndicator>
        )}
        {findings.map(({ severity, line, message }) => (
          <Box
            key={`${line} ${message}`}
            color={severity === 'error' ? 'text-status-error' : 'text-status-warning'}
          >
            <Icon
              name={severity === 'error' ? 'status-negative' : 'status-warning'}
              ariaLabel={severity === 'error' ? 'Error' : 'Warning'}
            />{' '}
            {line === undefined ? message : `Line ${line}: ${message}`}
          </Box>
        ))}
      </SpaceBetween>
    </LiveRegion>
  )
}
