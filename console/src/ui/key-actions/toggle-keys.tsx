import Box from '@cloudscape-design/components/box'
import Checkbox from '@cloudscape-design/components/checkbox'
import { useState } from 'react'
import { currentRegion } from '../../route/use-route.ts'
import { kms } from '../../wire/kms.ts'
import type { ActedKey } from './acted-key.ts'
import { EachKeyModal } from './each-key-modal.tsx'
import { useEachKey } from './use-each-key.ts'

interface ToggleKeysProps {
  readonly keys: readonly ActedKey[]
  readonly action: 'enable' | 'disable'
  readonly onClose: () => void
}

const words = { enable: ['Enable', 'enabled'], disable: ['Disable', 'disabled'] } as const

/** Enables or disables keys. */
export function ToggleKeys({ action, keys, onClose }: ToggleKeysProps) {
  const [isConfirmed, setConfirmed] = useState(action === 'enable')
  const [verb, done] = words[action]
  const call = action === 'enable' ? kms.enableKey : kms.disableKey
  const each = useEachKey(
    ({ KeyArn }) => call({ KeyId: KeyArn }, { region: currentRegion() }),
    ['ListKeyDetails', 'DescribeKey'],
  )
  const title = keys.length === 1 ? `${verb} key` : `${verb} keys`
  return (
    <EachKeyModal
      {...{ title, done, keys, each, onClose }}
      action={title}
      blockedBecause={isConfirmed ? undefined : 'Confirm first.'}
    >
      {action === 'disable' && (
        <>
          <Box>
            A disabled key encrypts, decrypts, signs and verifies nothing. You can enable it again at any
            time.
          </Box>
          <Checkbox checked={isConfirmed} onChange={({ detail }) => setConfirmed(detail.checked)}>
            Confirm that you want to disable {keys.length === 1 ? 'this key' : `these ${keys.length} keys`}
          </Checkbox>
        </>
      )}
    </EachKeyModal>
  )
}
