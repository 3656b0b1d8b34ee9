import Checkbox from '@cloudscape-design/components/checkbox'
import { useState } from 'react'
import { aliasLabel } from '../model/labels.ts'
import { currentRegion } from '../route/use-route.ts'
import type { KeyDetails } from '../wire/keyward.ts'
import { kms } from '../wire/kms.ts'
import { useAct } from '../wire/use-call.ts'
import { Confirm } from './confirm.tsx'
import { flash } from './flash.ts'

export type Action = 'enable' | 'disable'

/** The part of a listed key that its actions need. */
export type ListedKey = Pick<KeyDetails, 'KeyId' | 'KeyArn' | 'KeyMetadata' | 'Aliases'>

const words = { enable: ['Enable', 'enabled'], disable: ['Disable', 'disabled'] } as const

interface ChangeKeysProps {
  readonly keys: readonly ListedKey[]
  readonly action: Action
  readonly onDone: () => void
  readonly onCancel: () => void
}

/** Asks, and then changes the keys. */
export function ChangeKeys({ action, keys, onDone, onCancel }: ChangeKeysProps) {
  const [isConfirmed, setConfirmed] = useState(action === 'enable')
  const [verb, done] = words[action]
  const change = useAct(
    async (chosen: readonly ListedKey[]) => {
      const call = action === 'enable' ? kms.enableKey : kms.disableKey
      // One after the other: if one is refused, the ones before it are done, and the error names it.
      for (const { KeyArn } of chosen) await call({ KeyId: KeyArn }, { region: currentRegion() })
    },
    ['ListKeyDetails', 'DescribeKey'],
  )
  const named = keys.length === 1 ? 'this key' : `these ${keys.length} keys`
  return (
    <Confirm
      title={keys.length === 1 ? `${verb} key` : `${verb} keys`}
      action={keys.length === 1 ? `${verb} key` : `${verb} keys`}
      isBusy={change.isPending}
      error={change.error}
      blockedBecause={isConfirmed ? undefined : 'Confirm first.'}
      onCancel={onCancel}
      onConfirm={() =>
        change.mutate(keys, {
          onSuccess: () => {
            flash.success(`${keys.length === 1 ? nameOf(keys[0]) : `${keys.length} keys`} ${done}.`)
            onDone()
          },
        })
      }
    >
      <ul>
        {keys.map(key => (
          <li key={key.KeyId}>{nameOf(key)}</li>
        ))}
      </ul>
      {action === 'disable' && (
        <Checkbox checked={isConfirmed} onChange={({ detail }) => setConfirmed(detail.checked)}>
          Confirm that you want to disable {named}
        </Checkbox>
      )}
    </Confirm>
  )
}

const nameOf = (key: ListedKey | undefined) => {
  const alias = key?.Aliases?.[0]?.AliasName
  return alias === undefined ? (key?.KeyId ?? '') : `${aliasLabel(alias)} (${key?.KeyId})`
}
