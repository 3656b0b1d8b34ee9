import Box from '@cloudscape-design/components/box'
import { currentRegion } from '../../route/use-route.ts'
import { kmsDeletion } from '../../wire/kms/deletion.ts'
import type { ActedKey } from './acted-key.ts'
import { EachKeyModal } from './each-key-modal.tsx'
import { useEachKey } from './use-each-key.ts'

interface CancelDeletionProps {
  readonly keys: readonly ActedKey[]
  readonly onClose: () => void
}

/** Cancels the deletion of keys. */
export function CancelDeletion({ keys, onClose }: CancelDeletionProps) {
  const each = useEachKey(
    ({ KeyArn }) => kmsDeletion.cancelKeyDeletion({ KeyId: KeyArn }, { region: currentRegion() }),
    ['ListKeyDetails', 'DescribeKey'],
  )
  return (
    <EachKeyModal
      {...{ keys, each, onClose }}
      title="Cancel key deletion"
      action="Cancel deletion"
      cancel="Close"
      done="kept"
    >
      <Box>{keys.length === 1 ? 'The key is' : 'The keys are'} disabled then. Enable what is to be used.</Box>
    </EachKeyModal>
  )
}
