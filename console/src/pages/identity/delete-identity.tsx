import Box from '@cloudscape-design/components/box'
import StatusIndicator from '@cloudscape-design/components/status-indicator'
import { useState } from 'react'
import { href, navigate } from '../../route/use-route.ts'
import { ActModal } from '../../ui/act-modal.tsx'
import { identityKinds } from '../../ui/identity-kinds.ts'
import type { IdentityKind } from '../../wire/iam/policies.ts'
import { useAct } from '../../wire/use-call.ts'
import { partsOf } from './parts-of.ts'

interface DeleteIdentityProps {
  readonly kind: IdentityKind
  readonly name: string
  readonly onClose: () => void
}

/** Deletes a user, a group or a role with everything that belongs to it, as AWS's console does: the API refuses to while there is any. */
export function DeleteIdentity({ kind, name, onClose }: DeleteIdentityProps) {
  const { one, list, operation } = identityKinds[kind]
  const [done, setDone] = useState<readonly string[]>([])
  const end = useAct(async () => {
    for (const { text, remove } of await partsOf(kind, name)) {
      await remove()
      setDone(known => [...known, text])
    }
  }, [operation])
  return (
    <ActModal
      title={`Delete ${one}`}
      action="Delete"
      typed={name}
      act={end}
      done={`The ${one} ${name} is deleted.`}
      onDone={() => navigate(href(list))}
      onClose={onClose}
    >
      <Box>
        Its policies are removed{kind === 'User' && ', its access keys deleted, and its memberships ended'}.
        Key policies and grants that name it stay, and name nobody then.
      </Box>
      {done.map(text => (
        <StatusIndicator key={text}>{text}</StatusIndicator>
      ))}
    </ActModal>
  )
}
