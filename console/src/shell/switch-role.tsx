import Box from '@cloudscape-design/components/box'
import FormField from '@cloudscape-design/components/form-field'
import Input from '@cloudscape-design/components/input'
import { useMutation } from '@tanstack/react-query'
import { useState } from 'react'
import { partitionOf } from '../model/policy/console-policy.ts'
import { roleArnOf } from '../model/roles.ts'
import { currentRegion } from '../route/use-route.ts'
import type { Session } from '../session/session.ts'
import { switchRole } from '../session/switch-role.ts'
import { Confirm } from '../ui/confirm.tsx'

interface SwitchRoleProps {
  readonly session: Session
  /** The ARN of a role that somebody chose from the menu. */
  readonly role: string | undefined
  readonly onClose: () => void
}

/** Takes on a role in place of the session. */
export function SwitchRole({ session, role, onClose }: SwitchRoleProps) {
  const [account, setAccount] = useState(session.accountId)
  const [name, setName] = useState(role ?? '')
  const region = currentRegion()
  const arn = roleArnOf(account, name, partitionOf(region))
  const act = useMutation({ mutationFn: (to: string) => switchRole(to, region), onSuccess: onClose })
  const isRoot = (session.before ?? session).arn.endsWith(':root')
  const missing = arn === undefined ? 'Enter the account and the name of the role, or its ARN.' : undefined
  return (
    <Confirm
      title="Switch role"
      action="Switch role"
      isBusy={act.isPending}
      error={act.error}
      blockedBecause={isRoot ? 'The root user cannot assume roles.' : missing}
      onConfirm={() => arn !== undefined && act.mutate(arn)}
      onCancel={onClose}
    >
      <Box>
        You see and do what the role may. <b>Switch back</b> in the same menu returns you to your own
        permissions. The audit log names you and the role.
      </Box>
      {isRoot && <Box>You are signed in as the root user, which cannot assume roles: sign in as a user.</Box>}
      <FormField label="Account ID">
        <Input value={account} autoComplete={false} onChange={({ detail }) => setAccount(detail.value)} />
      </FormField>
      <FormField label="IAM role name" description="With its path if it has one, or the whole ARN.">
        <Input
          value={name}
          autoComplete={false}
          spellcheck={false}
          autoFocus
          onChange={({ detail }) => setName(detail.value)}
        />
      </FormField>
    </Confirm>
  )
}
