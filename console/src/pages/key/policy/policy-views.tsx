import Alert from '@cloudscape-design/components/alert'
import Button from '@cloudscape-design/components/button'
import Container from '@cloudscape-design/components/container'
import Header from '@cloudscape-design/components/header'
import SpaceBetween from '@cloudscape-design/components/space-between'
import { readForm, writeForm } from '../../../model/policy/policy-form.ts'
import { Info } from '../../../ui/help.tsx'
import { PolicyEditor } from '../../../ui/json-editor/policy-editor.tsx'
import { LeaveModal } from '../../../ui/leaving/leave-modal.tsx'
import { useLeaving } from '../../../ui/leaving/use-leaving.ts'
import { PolicyView } from '../../../ui/policy-view.tsx'
import type { ShownKey } from '../shown-key.ts'
import { FormView } from './form-view.tsx'
import { fixedBecause, kindOf, placeOf } from './policy-facts.ts'
import { SaveChanges } from './save-changes.tsx'
import { currentReader } from './use-draft-check.ts'
import { usePolicyDraft } from './use-policy-draft.ts'

interface PolicyViewsProps {
  readonly shown: ShownKey
  /** The policy that the server has. */
  readonly stored: string
}

/** A key policy as a form and as text. Both change the same draft. */
export function PolicyViews({ shown, stored }: PolicyViewsProps) {
  const draft = usePolicyDraft(stored)
  const { text, isEditing, isChanged } = draft
  const leaving = useLeaving(isChanged)
  const kind = kindOf(shown)
  const read = kind === undefined ? { reason: withoutKind } : readForm(text, kind.accountId)
  const fixed = fixedBecause(shown)
  const form = draft.view === 'form' && 'form' in read && kind !== undefined ? read.form : undefined
  return (
    <Container
      header={
        <Header
          variant="h2"
          info={<Info topic="keyPolicy" about="the key policy" />}
          actions={
            <SpaceBetween direction="horizontal" size="xs">
              {form === undefined && !isEditing && <EditButton reason={fixed} onClick={draft.editText} />}
              <SwitchButton isForm={form !== undefined} read={read} onClick={draft.show} />
            </SpaceBetween>
          }
        >
          Key policy
        </Header>
      }
    >
      <SpaceBetween size="m">
        {'reason' in read && !isEditing && <Alert type="info">{read.reason}</Alert>}
        {form !== undefined && kind !== undefined ? (
          <FormView
            form={form}
            place={placeOf(shown)}
            fixedBecause={fixed}
            onChange={next => draft.change(writeForm(text, next, kind))}
            onViewText={() => draft.show('text')}
          />
        ) : isEditing ? (
          <PolicyEditor value={text} onChange={draft.change} label="Key policy" reader={currentReader()} />
        ) : (
          <PolicyView text={text} label="Key policy" />
        )}
        {isEditing && <SaveChanges keyId={shown.id} {...{ text, isChanged }} onClose={draft.end} />}
      </SpaceBetween>
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

const withoutKind = 'The form view needs the facts of the key (kms:DescribeKey).'

interface SwitchButtonProps {
  readonly isForm: boolean
  readonly read: ReturnType<typeof readForm>
  readonly onClick: (view: 'form' | 'text') => void
}

function SwitchButton({ isForm, read, onClick }: SwitchButtonProps) {
  if (isForm) return <Button onClick={() => onClick('text')}>Switch to policy view</Button>
  const blocked = 'reason' in read ? { disabled: true, disabledReason: read.reason } : {}
  return (
    <Button {...blocked} onClick={() => onClick('form')}>
      Switch to default view
    </Button>
  )
}

function EditButton({
  reason,
  onClick,
}: {
  readonly reason: string | undefined
  readonly onClick: () => void
}) {
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
