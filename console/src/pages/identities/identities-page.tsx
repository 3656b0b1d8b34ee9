import Button from '@cloudscape-design/components/button'
import Header from '@cloudscape-design/components/header'
import Link from '@cloudscape-design/components/link'
import SpaceBetween from '@cloudscape-design/components/space-between'
import { useState } from 'react'
import type { Route } from '../../route/route.ts'
import { href } from '../../route/use-route.ts'
import { FilteredTable } from '../../ui/filtered-table.tsx'
import { type Identity, kindOf } from '../../ui/identity-kinds.ts'
import { Time } from '../../ui/time.tsx'
import type { IdentityKind } from '../../wire/iam/policies.ts'
import { useCall } from '../../wire/use-call.ts'
import { CreateIdentity } from './create-identity.tsx'

const about: Readonly<Record<IdentityKind, string>> = {
  User: 'A user is a person or a program with access keys of its own.',
  Group: 'Users in a group have the permissions of its policies.',
  Role: 'The principals of its trust policy take on a role, for a time.',
}

/** The users, the groups or the roles of the account. */
export function IdentitiesPage({ route }: { readonly route: Route }) {
  const facts = kindOf(route.page)
  const { kind, one, many } = facts
  const [isCreating, setCreating] = useState(false)
  const query = useCall(facts.operation, facts.readAll, {})
  const create = (
    <Button variant="primary" onClick={() => setCreating(true)}>
      Create {one}
    </Button>
  )
  return (
    <>
      <FilteredTable<Identity>
        key={kind}
        query={query}
        name={many.toLowerCase()}
        action={`iam:${facts.operation}`}
        trackBy="name"
        textsOf={({ name, path }) => [name, path]}
        header={count => (
          <Header
            variant="awsui-h1-sticky"
            counter={count}
            description={about[kind]}
            actions={
              <SpaceBetween direction="horizontal" size="xs">
                <Button
                  iconName="refresh"
                  ariaLabel={`Refresh ${many.toLowerCase()}`}
                  onClick={() => void query.refetch()}
                />
                {create}
              </SpaceBetween>
            }
          >
            {many}
          </Header>
        )}
        columns={[
          {
            id: 'name',
            header: `${kind} name`,
            isRowHeader: true,
            cell: ({ name }) => <Link href={href(facts.page, { name })}>{name}</Link>,
          },
          { id: 'path', header: 'Path', cell: ({ path }) => path },
          { id: 'created', header: 'Creation date', cell: ({ createdAt }) => <Time at={createdAt} /> },
        ]}
        empty={
          <SpaceBetween size="s" alignItems="center">
            <b>No {many.toLowerCase()}</b>
            {about[kind]}
          </SpaceBetween>
        }
      />
      {isCreating && <CreateIdentity kind={kind} onClose={() => setCreating(false)} />}
    </>
  )
}
