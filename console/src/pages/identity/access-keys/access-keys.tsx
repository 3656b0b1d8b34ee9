import type { AccessKeyMetadata } from '@aws-sdk/client-iam'
import Box from '@cloudscape-design/components/box'
import Button from '@cloudscape-design/components/button'
import Header from '@cloudscape-design/components/header'
import SpaceBetween from '@cloudscape-design/components/space-between'
import StatusIndicator from '@cloudscape-design/components/status-indicator'
import Table, { type TableProps } from '@cloudscape-design/components/table'
import { useState } from 'react'
import { ActModal } from '../../../ui/act-modal.tsx'
import { ErrorAlert } from '../../../ui/states/error-alert.tsx'
import { Time } from '../../../ui/time.tsx'
import { iamAccessKeys } from '../../../wire/iam/access-keys.ts'
import { useAct, useCall } from '../../../wire/use-call.ts'
import { NewAccessKey } from './new-access-key.tsx'

/** The access keys of a user. */
export function AccessKeys({ userName }: { readonly userName: string }) {
  const [isCreating, setCreating] = useState(false)
  const [deleted, setDeleted] = useState<string>()
  const query = useCall('ListAccessKeys', iamAccessKeys.listAccessKeys, { UserName: userName })
  const toggle = useAct(
    ({ AccessKeyId = '', Status }: AccessKeyMetadata) =>
      iamAccessKeys.updateAccessKey({
        ...{ UserName: userName, AccessKeyId },
        Status: Status === 'Active' ? 'Inactive' : 'Active',
      }),
    ['ListAccessKeys'],
  )
  if (query.error !== null && query.data === undefined)
    return <ErrorAlert error={query.error} action="iam:ListAccessKeys" onRetry={() => void query.refetch()} />
  const keys = query.data?.AccessKeyMetadata ?? []
  return (
    <SpaceBetween size="s">
      {toggle.error !== null && <ErrorAlert error={toggle.error} action="iam:UpdateAccessKey" />}
      <Table<AccessKeyMetadata>
        header={
          <Header
            variant="h2"
            description="A user has two at most, so that programs can change from one to the other."
            counter={query.data === undefined ? '' : `(${keys.length})`}
            actions={<Button onClick={() => setCreating(true)}>Create access key</Button>}
          >
            Access keys
          </Header>
        }
        items={keys}
        loading={query.isPending}
        loadingText="Loading access keys"
        ariaLabels={{ tableLabel: 'Access keys' }}
        empty={<Box textAlign="center">The user has no access keys.</Box>}
        columnDefinitions={columnsOf(toggle.mutate, setDeleted)}
      />
      {isCreating && <NewAccessKey userName={userName} onClose={() => setCreating(false)} />}
      {deleted !== undefined && (
        <DeleteAccessKey userName={userName} id={deleted} onClose={() => setDeleted(undefined)} />
      )}
    </SpaceBetween>
  )
}

function columnsOf(
  toggle: (key: AccessKeyMetadata) => void,
  ask: (id: string | undefined) => void,
): TableProps.ColumnDefinition<AccessKeyMetadata>[] {
  return [
    { id: 'id', header: 'Access key ID', isRowHeader: true, cell: ({ AccessKeyId }) => AccessKeyId },
    {
      id: 'status',
      header: 'Status',
      cell: ({ Status }) => (
        <StatusIndicator type={Status === 'Active' ? 'success' : 'stopped'}>{Status}</StatusIndicator>
      ),
    },
    { id: 'created', header: 'Creation date', cell: ({ CreateDate }) => <Time at={CreateDate} /> },
    { id: 'used', header: 'Last used', cell: ({ AccessKeyId = '' }) => <LastUsed id={AccessKeyId} /> },
    {
      id: 'actions',
      header: 'Actions',
      cell: key => (
        <SpaceBetween direction="horizontal" size="xs">
          <Button
            variant="inline-link"
            ariaLabel={`${key.Status === 'Active' ? 'Deactivate' : 'Activate'} ${key.AccessKeyId}`}
            onClick={() => toggle(key)}
          >
            {key.Status === 'Active' ? 'Deactivate' : 'Activate'}
          </Button>
          <Button
            variant="inline-link"
            ariaLabel={`Delete ${key.AccessKeyId}`}
            onClick={() => ask(key.AccessKeyId)}
          >
            Delete
          </Button>
        </SpaceBetween>
      ),
    },
  ]
}

function LastUsed({ id }: { readonly id: string }) {
  const { data } = useCall('GetAccessKeyLastUsed', iamAccessKeys.getAccessKeyLastUsed, { AccessKeyId: id })
  const { LastUsedDate: at, ServiceName: service } = data?.AccessKeyLastUsed ?? {}
  if (data === undefined) return <>-</>
  return at === undefined ? (
    <>Never</>
  ) : (
    <>
      <Time at={at} /> ({service})
    </>
  )
}

interface DeleteAccessKeyProps {
  readonly userName: string
  readonly id: string
  readonly onClose: () => void
}

function DeleteAccessKey({ userName, id, onClose }: DeleteAccessKeyProps) {
  const end = useAct(
    () => iamAccessKeys.deleteAccessKey({ UserName: userName, AccessKeyId: id }),
    ['ListAccessKeys'],
  )
  return (
    <ActModal
      title="Delete access key"
      action="Delete"
      typed={id}
      act={end}
      done={`The access key ${id} is deleted.`}
      onClose={onClose}
    >
      <Box>
        Programs with this key are refused at once. Deactivate it first to see whether anything needs it.
      </Box>
    </ActModal>
  )
}
