import Box from '@cloudscape-design/components/box'
import { aliasLabel } from '../../../model/labels.ts'
import { currentRegion } from '../../../route/use-route.ts'
import { ActModal } from '../../../ui/act-modal.tsx'
import { kms } from '../../../wire/kms.ts'
import { useAct } from '../../../wire/use-call.ts'

interface DeleteAliasesProps {
  /** The full names of the aliases that are still there. */
  readonly names: readonly string[]
  readonly onClose: () => void
}

/** Deletes aliases. The key stays. */
export function DeleteAliases({ names, onClose }: DeleteAliasesProps) {
  const remove = useAct(
    async (chosen: readonly string[]) => {
      // If one is refused, those before it are gone from the list, and the next try begins with it.
      for (const name of chosen) await kms.deleteAlias({ AliasName: name }, { region: currentRegion() })
    },
    ['ListAliases', 'ListKeyDetails'],
  )
  const named = names.length === 1 ? 'alias' : 'aliases'
  return (
    <ActModal
      title={`Delete ${named}`}
      action="Delete"
      warning="Programs and policies that name these aliases no longer find the key."
      act={remove}
      input={names}
      done={names.length === 1 ? 'The alias is deleted.' : `${names.length} aliases are deleted.`}
      onClose={onClose}
    >
      <Box>The key itself stays. These {named} are deleted:</Box>
      <ul className="plain-list">
        {names.map(name => (
          <li key={name}>
            <b>{aliasLabel(name)}</b>
          </li>
        ))}
      </ul>
    </ActModal>
  )
}
