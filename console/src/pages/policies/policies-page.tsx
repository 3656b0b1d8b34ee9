import Badge from '@cloudscape-design/components/badge'
import Button from '@cloudscape-design/components/button'
import Header from '@cloudscape-design/components/header'
import Link from '@cloudscape-design/components/link'
import SpaceBetween from '@cloudscape-design/components/space-between'
import type { TableProps } from '@cloudscape-design/components/table'
import { useState } from 'react'
import { emptyPolicy } from '../../model/iam/documents.ts'
import { href } from '../../route/use-route.ts'
import { allPolicies, isOfAws, type ManagedPolicy } from '../../ui/all-policies.ts'
import { EditDocument } from '../../ui/edit-document.tsx'
import { FilteredTable } from '../../ui/filtered-table.tsx'
import { Time } from '../../ui/time.tsx'
import { iamPolicies } from '../../wire/iam/policies.ts'
import { useCall } from '../../wire/use-call.ts'

/** The managed policies of the account. */
export function PoliciesPage() {
  const [isCreating, setCreating] = useState(false)
  const query = useCall('ListPolicies', allPolicies, {})
  return (
    <>
      <FilteredTable<ManagedPolicy>
        query={query}
        name="policies"
        action="iam:ListPolicies"
        trackBy="arn"
        textsOf={({ name, path }) => [name, path]}
        header={count => (
          <Header
            variant="awsui-h1-sticky"
            counter={count}
            description="A managed policy gives the same permissions to several users, groups and roles."
            actions={
              <SpaceBetween direction="horizontal" size="xs">
                <Button
                  iconName="refresh"
                  ariaLabel="Refresh policies"
                  onClick={() => void query.refetch()}
                />
                <Button variant="primary" onClick={() => setCreating(true)}>
                  Create policy
                </Button>
              </SpaceBetween>
            }
          >
            Policies
          </Header>
        )}
        columns={columns}
        empty="There are no managed policies."
      />
      {isCreating && (
        <EditDocument
          title="Create policy"
          kind="identity"
          text={emptyPolicy}
          isNew
          changes={['ListPolicies']}
          save={(document, name) => iamPolicies.createPolicy({ PolicyName: name, PolicyDocument: document })}
          onClose={() => setCreating(false)}
        />
      )}
    </>
  )
}

const columns: readonly TableProps.ColumnDefinition<ManagedPolicy>[] = [
  {
    id: 'name',
    header: 'Policy name',
    isRowHeader: true,
    cell: ({ name, arn }) => (
      <>
        <Link href={href('policy', { policyArn: arn })}>{name}</Link> {isOfAws(arn) && <Badge>AWS</Badge>}
      </>
    ),
  },
  { id: 'path', header: 'Path', cell: ({ path }) => path },
  { id: 'attached', header: 'Attached to', cell: ({ attachments }) => attachments },
  { id: 'changed', header: 'Last changed', cell: ({ changedAt }) => <Time at={changedAt} /> },
]
