import ButtonDropdown, { type ButtonDropdownProps } from '@cloudscape-design/components/button-dropdown'
import { Suspense, useState } from 'react'
import { editFault, toggleFault } from '../../model/key-states.ts'
import { lazyPart } from '../lazy-part.ts'
import type { ActedKey } from './acted-key.ts'

const ToggleKeys = lazyPart(() => import('./toggle-keys.tsx').then(part => part.ToggleKeys))
const TagKeys = lazyPart(() => import('./tag-keys.tsx').then(part => part.TagKeys))

const actions = {
  enable: { text: 'Enable', fault: ({ KeyMetadata: key }: ActedKey) => toggleFault('enable', key?.KeyState) },
  disable: {
    text: 'Disable',
    fault: ({ KeyMetadata: key }: ActedKey) => toggleFault('disable', key?.KeyState),
  },
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
          setChosen({ action, keys: keys.filter(key => actions[action].fault(key) === undefined) })
        }}
      >
        Key actions
      </ButtonDropdown>
      {chosen !== undefined && (
        <Suspense>
          {chosen.action === 'tag' ? (
            <TagKeys keys={chosen.keys} onClose={close} />
          ) : (
            <ToggleKeys action={chosen.action} keys={chosen.keys} onClose={close} />
          )}
        </Suspense>
      )}
    </>
  )
}

function itemOf(action: Action, keys: readonly ActedKey[]): ButtonDropdownProps.Item {
  const { text, fault } = actions[action]
  const faults = keys.map(fault)
  const isPossible = faults.some(found => found === undefined)
  const reason = keys.length === 0 ? 'Select keys first.' : (faults[0] ?? '')
  return { id: action, text, disabled: !isPossible, ...(!isPossible && { disabledReason: reason }) }
}
