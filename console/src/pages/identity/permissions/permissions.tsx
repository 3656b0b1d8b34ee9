import Box from '@cloudscape-design/components/box'
import Button from '@cloudscape-design/components/button'
import Header from '@cloudscape-design/components/header'
import Link from '@cloudscape-design/components/link'
import SpaceBetween from '@cloudscape-design/components/space-between'
import Table, { type TableProps } from '@cloudscape-design/components/table'
import { useState } from 'react'
import { emptyPolicy } from '../../../model/iam/documents.ts'
import { href } from '../../../route/use-route.ts'
import { EditDocument } from '../../../ui/edit-document.tsx'
import { ErrorAlert } from '../../../ui/states/error-alert.tsx'
import { type IdentityKind, policiesOf } from '../../../wire/iam/policies.ts'
import { AttachPolicy } from './attach-policy.tsx'
import { InlinePolicy } from './inline-policy.tsx'
import { RemovePolicy } from './remove-policy.tsx'
import { type HeldPolicy, policyChanges, usePoliciesOf } from './use-policies-of.ts'

interface PermissionsProps {
  readonly kind: IdentityKind
  readonly name: string
}

/** The policies of a user, a group or a role. */
export function Permissions({ kind, name }: PermissionsProps) {
  const [act, setAct] = useState<
    'attach' | 'create' | { readonly shown: string } | { readonly removed: HeldPolicy }
  >()
  const query = usePoliciesOf(kind, name)
  const policies = policiesOf(kind, name)
  const close = () => setAct(undefined)
  if (query.error !== null && query.data === undefined)
    return (
      <ErrorAlert
        error={query.error}
        action={`iam:ListAttached${kind}Policies`}
        onRetry={() => void query.refetch()}
      />
    )
  return (
    <SpaceBetween size="s">
      <Table<HeldPolicy>
        header={<PermissionsHeader count={query.data?.length} onAct={setAct} />}
        items={query.data ?? []}
        loading={query.isPending}
        loadingText="Loading policies"
        ariaLabels={{ tableLabel: 'Permissions policies' }}
        empty={<Box textAlign="center">No policy allows anything here. A key policy still can.</Box>}
        columnDefinitions={columnsOf(
          removed => setAct({ removed }),
          shown => setAct({ shown }),
        )}
      />
      {act === 'attach' && <AttachPolicy {...{ kind, name }} held={query.data ?? []} onClose={close} />}
      {act === 'create' && (
        <EditDocument
          title="Create inline policy"
          kind="identity"
          text={emptyPolicy}
          isNew
          changes={policyChanges(kind)}
          save={(document, policy) => policies.putInline({ PolicyName: policy, PolicyDocument: document })}
          onClose={close}
        />
      )}
      {typeof act === 'object' && 'shown' in act && (
        <InlinePolicy {...{ kind, name }} policy={act.shown} onClose={close} />
      )}
      {typeof act === 'object' && 'removed' in act && (
        <RemovePolicy {...{ kind, name }} policy={act.removed} onClose={close} />
      )}
    </SpaceBetween>
  )
}

function columnsOf(
  onRemove: (policy: HeldPolicy) => void,
  onShow: (name: string) => void,
): TableProps.ColumnDefinition<HeldPolicy>[] {
  return [
    {
      id: 'name',
      header: 'Policy name',
      isRowHeader: true,
      cell: policy => <PolicyName policy={policy} onShow={onShow} />,
    },
    { id: 'type', header: 'Type', cell: ({ arn }) => (arn === undefined ? 'Inline' : 'Managed') },
    {
      id: 'actions',
      header: 'Actions',
      cell: policy => (
        <Button
          variant="inline-link"
          ariaLabel={`${policy.arn === undefined ? 'Delete' : 'Detach'} ${policy.name}`}
          onClick={() => onRemove(policy)}
        >
          {policy.arn === undefined ? 'Delete' : 'Detach'}
        </Button>
      ),
    },
  ]
}

interface PermissionsHeaderProps {
  readonly count: number | undefined
  readonly onAct: (act: 'attach' | 'create') => void
}

function PermissionsHeader({ count, onAct }: PermissionsHeaderProps) {
  return (
    <Header
      variant="h2"
      counter={count === undefined ? '' : `(${count})`}
      actions={
        <SpaceBetween direction="horizontal" size="xs">
          <Button onClick={() => onAct('create')}>Create inline policy</Button>
          <Button onClick={() => onAct('attach')}>Attach policy</Button>
        </SpaceBetween>
      }
    >
      Permissions policies
    </Header>
  )
}

interface PolicyNameProps {
  readonly policy: HeldPolicy
  readonly onShow: (name: string) => void
}

function PolicyName({ policy: { name, arn }, onShow }: PolicyNameProps) {
  if (arn !== undefined) return <Link href={href('policy', { policyArn: arn })}>{name}</Link>
  return (
    <Button variant="inline-link" ariaLabel={`Edit ${name}`} onClick={() => onShow(name)}>
      {name}
    </Button>
  )
}
