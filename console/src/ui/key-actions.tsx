import ButtonDropdown from '@cloudscape-design/components/button-dropdown'
import { Suspense, useState } from 'react'
import type { Action, ListedKey } from './change-keys.tsx'
import { lazyPart } from './lazy-part.ts'

const ChangeKeys = lazyPart(() => import('./change-keys.tsx').then(part => part.ChangeKeys))

const names: Readonly<Record<Action, string>> = { enable: 'Enable', disable: 'Disable' }
const isIn = (state: string) => (key: ListedKey) => key.KeyMetadata?.KeyState === state

interface KeyActionsProps {
  readonly keys: readonly ListedKey[]
  readonly onDone?: () => void
}

/** Enables or disables keys, several at once. */
export function KeyActions({ keys, onDone }: KeyActionsProps) {
  const [action, setAction] = useState<Action>()
  const item = (id: Action, from: string) => {
    const isPossible = keys.length > 0 && keys.every(isIn(from))
    const reason =
      keys.length === 0 ? 'Select keys first.' : `Only keys that are ${from.toLowerCase()} can be changed so.`
    return { id, text: names[id], disabled: !isPossible, ...(!isPossible && { disabledReason: reason }) }
  }
  const close = () => {
    setAction(undefined)
    onDone?.()
  }
  return (
    <>
      <ButtonDropdown
        items={[item('enable', 'Disabled'), item('disable', 'Enabled')]}
        onItemClick={({ detail }) => setAction(detail.id as Action)}
      >
        Key actions
      </ButtonDropdown>
      {action !== undefined && (
        <Suspense>
          <ChangeKeys action={action} keys={keys} onDone={close} onCancel={() => setAction(undefined)} />
        </Suspense>
      )}
    </>
  )
}
