import ButtonDropdown, { type ButtonDropdownProps } from '@cloudscape-design/components/button-dropdown'
import { Suspense, useState } from 'react'
import { cancelFault, deletionFault } from '../../model/deletion.ts'
import { editFault, toggleFault } from '../../model/key-states.ts'
import { href, navigate } from '../../route/use-route.ts'
import { lazyPart } from '../lazy-part.ts'
import type { ActedKey } from './acted-key.ts'

const ToggleKeys = lazyPart(() => import('./toggle-keys.tsx').then(part => part.ToggleKeys))
const CancelDeletion = lazyPart(() => import('./cancel-deletion.tsx').then(part => part.CancelDeletion))
const TagKeys = lazyPart(() => import('./tag-keys.tsx').then(part => part.TagKeys))

const actions = {
  enable: { text: 'Enable', fault: ({ KeyMetadata: key }: ActedKey) => toggleFault('enable', key?.KeyState) },
  disable: {
    text: 'Disable',
    fault: ({ KeyMetadata: key }: ActedKey) => toggleFault('disable', key?.KeyState),
  },
  delete: {
    text: 'Schedule key deletion',
    fault: ({ KeyMetadata: key }: ActedKey) => deletionFault(key),
  },
  cancel: { text: 'Cancel key deletion', fault: ({ KeyMetadata: key }: ActedKey) => cancelFault(key) },
  tag: { text: 'Add or edit tags', fault: ({ KeyMetadata: key }: ActedKey) => editFault(key?.KeyState) },
}
type Action = keyof typeof actions

interface KeyActionsProps {
  readonly keys: readonly ActedKey[]
  readonly offered: readonly Action[]
}

/** The actions on keys, on several at once. An action works on the keys whose state allows it. */
export function KeyActions({ keys, offered }: KeyActionsProps) {
  const [chosen, setChosen] = useState<{ readonly action: Action; readonly keys: readonly ActedKey[] }>()
  const close = () => setChosen(undefined)
  return (
    <>
      <ButtonDropdown
        items={offered.map(action => itemOf(action, keys))}
        onItemClick={({ detail }) => {
          const action = detail.id as Action
          const possible = keys.filter(key => actions[action].fault(key) === undefined)
          if (action !== 'delete') setChosen({ action, keys: possible })
          else navigate(href('deleteKeys', {}, { ids: possible.map(({ KeyId }) => KeyId).join(',') }))
        }}
      >
        Key actions
      </ButtonDropdown>
      {chosen !== undefined && (
        <Suspense>
          <Chosen {...chosen} onClose={close} />
        </Suspense>
      )}
    </>
  )
}

interface ChosenProps {
  readonly action: Action
  readonly keys: readonly ActedKey[]
  readonly onClose: () => void
}

function Chosen({ action, keys, onClose }: ChosenProps) {
  if (action === 'tag') return <TagKeys keys={keys} onClose={onClose} />
  if (action === 'cancel') return <CancelDeletion keys={keys} onClose={onClose} />
  return action === 'delete' ? null : <ToggleKeys action={action} keys={keys} onClose={onClose} />
}

function itemOf(action: Action, keys: readonly ActedKey[]): ButtonDropdownProps.Item {
  const { text, fault } = actions[action]
  const faults = keys.map(fault)
  const isPossible = faults.some(found => found === undefined)
  const reason = keys.length === 0 ? 'Select keys first.' : (faults[0] ?? '')
  return { id: action, text, disabled: !isPossible, ...(!isPossible && { disabledReason: reason }) }
}
