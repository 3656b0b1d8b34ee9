import Button from '@cloudscape-design/components/button'
import Container from '@cloudscape-design/components/container'
import Header from '@cloudscape-design/components/header'
import { useState } from 'react'
import { Info } from '../../../ui/help.tsx'
import { LeaveModal } from '../../../ui/leaving/leave-modal.tsx'
import { useLeaving } from '../../../ui/leaving/use-leaving.ts'
import { indented, PolicyView } from '../../../ui/policy-view.tsx'
import { Loaded } from '../../../ui/states/loaded.tsx'
import { kms } from '../../../wire/kms.ts'
import { useCall } from '../../../wire/use-call.ts'
import type { ShownKey } from '../shown-key.ts'
import { EditText } from './edit-text.tsx'

/** The key policy. */
export function PolicyTab({ shown }: { readonly shown: ShownKey }) {
  const query = useCall('GetKeyPolicy', kms.getKeyPolicy, { KeyId: shown.id })
  return (
    <Loaded query={query} name="the key policy" action="kms:GetKeyPolicy">
      {({ Policy = '' }) => <ShownPolicy shown={shown} stored={Policy} />}
    </Loaded>
  )
}

function ShownPolicy({ shown, stored }: { readonly shown: ShownKey; readonly stored: string }) {
  /** The policy as it was when somebody began to edit, and as it is written now. */
  const [edit, setEdit] = useState<{ readonly from: string; readonly text: string }>()
  const leaving = useLeaving(edit !== undefined && edit.text !== edit.from)
  const begin = () => setEdit({ from: indented(stored), text: indented(stored) })
  return (
    <Container
      header={
        <Header
          variant="h2"
          info={<Info topic="keyPolicy" about="the key policy" />}
          actions={edit === undefined && <EditButton shown={shown} onClick={begin} />}
        >
          Key policy
        </Header>
      }
    >
      {edit === undefined ? (
        <PolicyView text={stored} label="Key policy" />
      ) : (
        <EditText
          keyId={shown.id}
          stored={edit.from}
          text={edit.text}
          onChange={text => setEdit({ ...edit, text })}
          onClose={() => setEdit(undefined)}
        />
      )}
      {leaving.wanted !== undefined && (
        <LeaveModal
          title="Leave without saving the key policy?"
          onStay={leaving.stay}
          onLeave={() => leaving.leave(leaving.wanted ?? '')}
        >
          The policy is not saved yet. Your changes are lost when you leave.
        </LeaveModal>
      )}
    </Container>
  )
}

function EditButton({ shown, onClick }: { readonly shown: ShownKey; readonly onClick: () => void }) {
  const { isForeign, fixedBecause, metadata } = shown
  // A key that is pending deletion takes a policy all the same (AWS KMS developer guide, "Key state table").
  const isFixed = metadata?.KeyManager === 'AWS'
  const reason = isForeign
    ? 'Only the account of the key can change its policy.'
    : isFixed
      ? fixedBecause
      : undefined
  return (
    <Button
      disabled={reason !== undefined}
      {...(reason !== undefined && { disabledReason: reason })}
      onClick={onClick}
    >
      Edit
    </Button>
  )
}
