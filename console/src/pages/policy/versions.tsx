import type { PolicyVersion } from '@aws-sdk/client-iam'
import Button from '@cloudscape-design/components/button'
import Header from '@cloudscape-design/components/header'
import SpaceBetween from '@cloudscape-design/components/space-between'
import StatusIndicator from '@cloudscape-design/components/status-indicator'
import Table, { type TableProps } from '@cloudscape-design/components/table'
import { isOfAws } from '../../ui/all-policies.ts'
import { ErrorAlert } from '../../ui/states/error-alert.tsx'
import { Time } from '../../ui/time.tsx'
import { iamPolicies } from '../../wire/iam/policies.ts'
import { useAct, useCall } from '../../wire/use-call.ts'
import { versionChanges } from './version-changes.ts'

/** The versions of a policy, of which one is in force. */
export function Versions({ arn }: { readonly arn: string }) {
  const query = useCall('ListPolicyVersions', iamPolicies.listPolicyVersions, { PolicyArn: arn })
  const change = useAct(({ act, id }: Change) => {
    const input = { PolicyArn: arn, VersionId: id }
    return act === 'default'
      ? iamPolicies.setDefaultPolicyVersion(input)
      : iamPolicies.deletePolicyVersion(input)
  }, versionChanges)
  if (query.error !== null && query.data === undefined)
    return (
      <ErrorAlert error={query.error} action="iam:ListPolicyVersions" onRetry={() => void query.refetch()} />
    )
  return (
    <SpaceBetween size="s">
      {change.error !== null && <ErrorAlert error={change.error} />}
      <Table<PolicyVersion>
        header={
          <Header variant="h2" description="A policy has five at most. Delete one to save a sixth.">
            Policy versions
          </Header>
        }
        items={query.data?.Versions ?? []}
        loading={query.isPending}
        loadingText="Loading versions"
        ariaLabels={{ tableLabel: 'Policy versions' }}
        columnDefinitions={columnsOf(arn, change.mutate)}
      />
    </SpaceBetween>
  )
}

interface Change {
  readonly act: 'default' | 'delete'
  readonly id: string
}

function columnsOf(arn: string, change: (to: Change) => void): TableProps.ColumnDefinition<PolicyVersion>[] {
  return [
    { id: 'id', header: 'Version', isRowHeader: true, cell: ({ VersionId }) => VersionId },
    {
      id: 'default',
      header: 'Default',
      cell: ({ IsDefaultVersion }) =>
        IsDefaultVersion === true ? <StatusIndicator>Default</StatusIndicator> : '-',
    },
    { id: 'created', header: 'Creation time', cell: ({ CreateDate }) => <Time at={CreateDate} /> },
    {
      id: 'actions',
      header: 'Actions',
      cell: ({ VersionId: id = '', IsDefaultVersion: isDefault }) =>
        isDefault === true || isOfAws(arn) ? (
          '-'
        ) : (
          <SpaceBetween direction="horizontal" size="xs">
            <Button
              variant="inline-link"
              ariaLabel={`Set ${id} as default`}
              onClick={() => change({ act: 'default', id })}
            >
              Set as default
            </Button>
            <Button
              variant="inline-link"
              ariaLabel={`Delete ${id}`}
              onClick={() => change({ act: 'delete', id })}
            >
              Delete
            </Button>
          </SpaceBetween>
        ),
    },
  ]
}
