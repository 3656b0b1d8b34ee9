import Button from '@cloudscape-design/components/button'
import Container from '@cloudscape-design/components/container'
import Header from '@cloudscape-design/components/header'
import KeyValuePairs from '@cloudscape-design/components/key-value-pairs'
import SpaceBetween from '@cloudscape-design/components/space-between'
import Tabs, { type TabsProps } from '@cloudscape-design/components/tabs'
import { useState } from 'react'
import type { Route } from '../../route/route.ts'
import { href, navigate } from '../../route/use-route.ts'
import { Copied } from '../../ui/copied.tsx'
import { type Identity, kindOf } from '../../ui/identity-kinds.ts'
import { Loaded } from '../../ui/states/loaded.tsx'
import { Time } from '../../ui/time.tsx'
import type { IdentityKind } from '../../wire/iam/policies.ts'
import { AccessKeys } from './access-keys/access-keys.tsx'
import { DeleteIdentity } from './delete-identity.tsx'
import { GroupMembers, UserGroups } from './memberships.tsx'
import { Permissions } from './permissions/permissions.tsx'
import { TrustPolicy } from './trust-policy.tsx'
import { useIdentity } from './use-identity.ts'

/** One user, group or role. */
export function IdentityPage({ route }: { readonly route: Route }) {
  const { kind } = kindOf(route.page)
  const name = route.params['name'] ?? ''
  const [isDeleting, setDeleting] = useState(false)
  const tabs = tabsOf(kind, name)
  const active = tabs.find(({ id }) => id === route.query['tab'])?.id ?? 'permissions'
  return (
    <SpaceBetween size="l">
      <Header variant="h1" actions={<Button onClick={() => setDeleting(true)}>Delete</Button>}>
        {name}
      </Header>
      <Loaded query={useIdentity(kind, name)} name={`the ${kind.toLowerCase()}`} action={`iam:Get${kind}`}>
        {identity => <Summary identity={identity} />}
      </Loaded>
      <Tabs
        tabs={tabs}
        activeTabId={active}
        ariaLabel={`Details of the ${kind.toLowerCase()}`}
        onChange={({ detail }) =>
          navigate(href(route.page, { name }, { tab: detail.activeTabId }), { replaces: true })
        }
      />
      {isDeleting && <DeleteIdentity kind={kind} name={name} onClose={() => setDeleting(false)} />}
    </SpaceBetween>
  )
}

function tabsOf(kind: IdentityKind, name: string): TabsProps.Tab[] {
  const permissions = {
    id: 'permissions',
    label: 'Permissions',
    content: <Permissions kind={kind} name={name} />,
  }
  const own: Readonly<Record<IdentityKind, TabsProps.Tab[]>> = {
    User: [
      { id: 'access-keys', label: 'Access keys', content: <AccessKeys userName={name} /> },
      { id: 'groups', label: 'Groups', content: <UserGroups userName={name} /> },
    ],
    Group: [{ id: 'members', label: 'Users', content: <GroupMembers groupName={name} /> }],
    Role: [{ id: 'trust', label: 'Trust relationships', content: <TrustPolicy roleName={name} /> }],
  }
  return [permissions, ...own[kind]]
}

function Summary({ identity: { arn, path, createdAt } }: { readonly identity: Identity }) {
  return (
    <Container header={<Header variant="h2">Summary</Header>}>
      <KeyValuePairs
        columns={3}
        items={[
          {
            label: 'ARN',
            value: <Copied text={arn} label="Copy ARN" />,
          },
          { label: 'Path', value: path },
          { label: 'Creation date', value: <Time at={createdAt} /> },
        ]}
      />
    </Container>
  )
}
