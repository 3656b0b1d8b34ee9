import Box from '@cloudscape-design/components/box'
import { useState } from 'react'
import { areGood, type TagRow, tagFaults } from '../../model/tags.ts'
import { currentRegion } from '../../route/use-route.ts'
import { kms } from '../../wire/kms.ts'
import { TagRows } from '../tag-rows.tsx'
import type { ActedKey } from './acted-key.ts'
import { EachKeyModal } from './each-key-modal.tsx'
import { useEachKey } from './use-each-key.ts'

/** Adds tags to keys, or gives their tags new values. */
export function TagKeys({
  keys,
  onClose,
}: {
  readonly keys: readonly ActedKey[]
  readonly onClose: () => void
}) {
  const [rows, setRows] = useState<readonly TagRow[]>([{ key: '', value: '' }])
  const each = useEachKey(
    ({ KeyArn }) =>
      kms.tagResource(
        { KeyId: KeyArn, Tags: rows.map(({ key, value }) => ({ TagKey: key, TagValue: value })) },
        { region: currentRegion() },
      ),
    ['ListKeyDetails', 'ListResourceTags'],
  )
  const isGood = rows.length > 0 && areGood(tagFaults(rows))
  return (
    <EachKeyModal
      title="Add or edit tags"
      isWide
      action="Save changes"
      done="tagged"
      {...{ keys, each, onClose }}
      blockedBecause={isGood ? undefined : 'Complete the tags first.'}
    >
      <Box color="text-body-secondary">
        Each of these keys gets these tags. A tag key that a key already has gets the new value, and all other
        tags stay.
      </Box>
      <TagRows rows={rows} onChange={setRows} />
    </EachKeyModal>
  )
}
