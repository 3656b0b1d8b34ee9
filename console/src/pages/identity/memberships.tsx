import Box from '@cloudscape-design/components/box'
import Button from '@cloudscape-design/components/button'
import FormField from '@cloudscape-design/components/form-field'
import Header from '@cloudscape-design/components/header'
import Link from '@cloudscape-design/components/link'
import Select from '@cloudscape-design/components/select'
import SpaceBetween from '@cloudscape-design/components/space-between'
import Table from '@cloudscape-design/components/table'
import type { UseQueryResult } from '@tanstack/react-query'
import { useState } from 'react'
import { href } from '../../route/use-route.ts'
import { identityKinds } from '../../ui/identity-kinds.ts'
import { ErrorAlert } from '../../ui/states/error-alert.tsx'
import type { CallOptions } from '../../wire/call.ts'
import { everyPage } from '../../wire/every-page.ts'
import { iamIdentities } from '../../wire/iam/identities.ts'
import { useAct, useCall } from '../../wire/use-call.ts'

const changes = ['ListGroupsForUser', 'GetGroup']

const groupsOf = ({ UserName }: { readonly UserName: string }, options?: CallOptions) =>
  everyPage(async Marker => {
    const { Groups = [], Marker: next } = await iamIdentities.listGroupsForUser({ UserName, Marker }, options)
    return { items: Groups.map(({ GroupName = '' }) => GroupName), next }
  })

const membersOf = ({ GroupName }: { readonly GroupName: string }, options?: CallOptions) =>
  everyPage(async Marker => {
    const { Users = [], Marker: next } = await iamIdentities.getGroup({ GroupName, Marker }, options)
    return { items: Users.map(({ UserName = '' }) => UserName), next }
  })

/** The groups that a user is in. */
export function UserGroups({ userName }: { readonly userName: string }) {
  return (
    <Memberships
      query={useCall('ListGroupsForUser', groupsOf, { UserName: userName })}
      kind="Group"
      action="iam:ListGroupsForUser"
      empty="The user is in no group."
      pairOf={GroupName => ({ UserName: userName, GroupName })}
    />
  )
}

/** The users in a group. */
export function GroupMembers({ groupName }: { readonly groupName: string }) {
  return (
    <Memberships
      query={useCall('GetGroup', membersOf, { GroupName: groupName })}
      kind="User"
      action="iam:GetGroup"
      empty="The group has no users."
      pairOf={UserName => ({ UserName, GroupName: groupName })}
    />
  )
}

interface MembershipsProps {
  readonly query: UseQueryResult<readonly string[]>
  /** The kind of the listed ones. */
  readonly kind: 'User' | 'Group'
  readonly action: string
  readonly empty: string
  readonly pairOf: (name: string) => { readonly UserName: string; readonly GroupName: string }
}

function Memberships({ query, kind, action, empty, pairOf }: MembershipsProps) {
  const { many, one, page } = identityKinds[kind]
  const remove = useAct((name: string) => iamIdentities.removeUserFromGroup(pairOf(name)), changes)
  if (query.error !== null && query.data === undefined)
    return <ErrorAlert error={query.error} action={action} onRetry={() => void query.refetch()} />
  return (
    <SpaceBetween size="s">
      {remove.error !== null && <ErrorAlert error={remove.error} action="iam:RemoveUserFromGroup" />}
      <Table<string>
        header={
          <Header variant="h2" counter={query.data === undefined ? '' : `(${query.data.length})`}>
            {many}
          </Header>
        }
        items={query.data ?? []}
        loading={query.isPending}
        loadingText={`Loading ${many.toLowerCase()}`}
        ariaLabels={{ tableLabel: many }}
        empty={<Box textAlign="center">{empty}</Box>}
        columnDefinitions={[
          {
            id: 'name',
            header: `${kind} name`,
            isRowHeader: true,
            cell: name => <Link href={href(page, { name })}>{name}</Link>,
          },
          {
            id: 'remove',
            header: 'Actions',
            cell: name => (
              <Button
                variant="inline-link"
                ariaLabel={`Remove ${name}`}
                disabled={remove.isPending}
                onClick={() => remove.mutate(name)}
              >
                Remove
              </Button>
            ),
          },
        ]}
      />
      <AddMember kind={kind} one={one} taken={query.data ?? []} pairOf={pairOf} />
    </SpaceBetween>
  )
}

interface AddMemberProps extends Pick<MembershipsProps, 'kind' | 'pairOf'> {
  readonly one: string
  readonly taken: readonly string[]
}

function AddMember({ kind, one, taken, pairOf }: AddMemberProps) {
  const { operation, readAll } = identityKinds[kind]
  const [chosen, setChosen] = useState<string>()
  const all = useCall(operation, readAll, {})
  const add = useAct((name: string) => iamIdentities.addUserToGroup(pairOf(name)), changes)
  const options = (all.data ?? [])
    .filter(({ name }) => !taken.includes(name))
    .map(({ name }) => ({ value: name, label: name }))
  return (
    <FormField
      label={`Add ${one}`}
      {...(all.error !== null && { errorText: `You need iam:${operation} to choose.` })}
    >
      <SpaceBetween direction="horizontal" size="xs">
        <Select
          placeholder={`Choose a ${one}`}
          options={options}
          filteringType="auto"
          empty={`There is no other ${one}.`}
          selectedOption={options.find(({ value }) => value === chosen) ?? null}
          onChange={({ detail }) => setChosen(detail.selectedOption.value)}
        />
        <Button
          loading={add.isPending}
          disabled={chosen === undefined}
          onClick={() =>
            chosen !== undefined && add.mutate(chosen, { onSuccess: () => setChosen(undefined) })
          }
        >
          Add {one}
        </Button>
      </SpaceBetween>
      {add.error !== null && <ErrorAlert error={add.error} action="iam:AddUserToGroup" />}
    </FormField>
  )
}
