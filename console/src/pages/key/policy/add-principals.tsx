import { type ReactNode, useState } from 'react'
import type { KeyPlace } from '../../../model/new-key.ts'
import { FormModal } from '../../../ui/form-modal.tsx'
import { ChoosePrincipals } from '../../../ui/principals/choose-principals.tsx'

interface AddPrincipalsProps {
  /** The name of the table to which they are added. */
  readonly title: string
  readonly info: ReactNode
  readonly place: KeyPlace
  readonly onAdd: (arns: readonly string[]) => void
  readonly onClose: () => void
}

/** Chooses users and roles that a key policy gets. */
export function AddPrincipals({ title, info, place, onAdd, onClose }: AddPrincipalsProps) {
  const [selected, setSelected] = useState<readonly string[]>([])
  return (
    <FormModal
      title={`Add to ${title.toLowerCase()}`}
      action="Add"
      isWide
      blockedBecause={selected.length === 0 ? 'Choose a user or a role first.' : undefined}
      onCancel={onClose}
      onConfirm={() => onAdd(selected)}
    >
      <ChoosePrincipals title="Users and roles" {...{ info, place, selected }} onChange={setSelected} />
    </FormModal>
  )
}
