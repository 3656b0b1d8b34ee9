import Box from '@cloudscape-design/components/box'
import Header from '@cloudscape-design/components/header'
import Link from '@cloudscape-design/components/link'
import Table from '@cloudscape-design/components/table'
import { href } from '../../route/use-route.ts'
import { identityKinds } from '../../ui/identity-kinds.ts'
import { ErrorAlert } from '../../ui/states/error-alert.tsx'
import type { CallOptions } from '../../wire/call.ts'
import { everyPage } from '../../wire/every-page.ts'
import { type IdentityKind, iamPolicies } from '../../wire/iam/policies.ts'
import { useCall } from '../../wire/use-call.ts'

interface Entity {
  readonly kind: IdentityKind
  readonly name: string
}

const allEntities = ({ PolicyArn }: { readonly PolicyArn: string }, options?: CallOptions) =>
  everyPage(async (Marker): Promise<{ items: Entity[]; next: string | undefined }> => {
    const page = await iamPolicies.listEntitiesForPolicy({ PolicyArn, Marker }, options)
    const { PolicyUsers = [], PolicyGroups = [], PolicyRoles = [] } = page
    const items: Entity[] = [
      ...PolicyUsers.map(({ UserName = '' }) => ({ kind: 'User' as const, name: UserName })),
      ...PolicyGroups.map(({ GroupName = '' }) => ({ kind: 'Group' as const, name: GroupName })),
      ...PolicyRoles.map(({ RoleName = '' }) => ({ kind: 'Role' as const, name: RoleName })),
    ]
    return { items, next: page.Marker }
  })

/** The users, groups and roles that have the policy. */
export function Entities({ arn }: { readonly arn: string }) {
  const query = useCall('ListEntitiesForPolicy', allEntities, { PolicyArn: arn })
  if (query.error !== null && query.data === undefined)
    return (
      <ErrorAlert
        error={query.error}
        action="iam:ListEntitiesForPolicy"
        onRetry={() => void query.refetch()}
      />
    )
  return (
    <Table<Entity>
      header={
        <Header variant="h2" counter={query.data === undefined ? '' : `(${query.data.length})`}>
          Entities attached
        </Header>
      }
      items={query.data ?? []}
      loading={query.isPending}
      loadingText="Loading entities"
      ariaLabels={{ tableLabel: 'Entities attached' }}
      empty={<Box textAlign="center">Nobody has this policy.</Box>}
      columnDefinitions={[
        {
          id: 'name',
          header: 'Name',
          isRowHeader: true,
          cell: ({ kind, name }) => <Link href={href(identityKinds[kind].page, { name })}>{name}</Link>,
        },
        { id: 'kind', header: 'Type', cell: ({ kind }) => kind },
      ]}
    />
  )
}
