import type { Tag } from '@aws-sdk/client-kms'
import { useState } from 'react'
import { areGood, rowsOf, tagChange, tagFaults } from '../../model/tags.ts'
import { currentRegion } from '../../route/use-route.ts'
import { ActModal } from '../../ui/act-modal.tsx'
import { TagRows } from '../../ui/tag-rows.tsx'
import { kms } from '../../wire/kms.ts'
import { useAct } from '../../wire/use-call.ts'

interface EditTagsProps {
  readonly keyId: string
  readonly tags: readonly Tag[]
  readonly onClose: () => void
}

/** Changes the tags of the key to those of the rows. */
export function EditTags({ keyId, tags, onClose }: EditTagsProps) {
  const [rows, setRows] = useState(() => rowsOf(tags))
  const save = useAct(
    async (wanted: typeof rows) => {
      const region = { region: currentRegion() }
      // The tags may be half changed if a call before this one failed, so they are compared with those of now.
      const { put, removed, removesFirst } = tagChange(tags, wanted)
      const add = async () =>
        put.length > 0 && (await kms.tagResource({ KeyId: keyId, Tags: [...put] }, region))
      const remove = async () =>
        removed.length > 0 && (await kms.untagResource({ KeyId: keyId, TagKeys: [...removed] }, region))
      for (const step of removesFirst ? [remove, add] : [add, remove]) await step()
    },
    ['ListResourceTags', 'ListKeyDetails'],
  )
  return (
    <ActModal
      title="Edit tags"
      isWide
      action="Save changes"
      act={save}
      input={rows}
      blockedBecause={areGood(tagFaults(rows)) ? undefined : 'Complete the tags first.'}
      done={'The tags are changed.'}
      onClose={onClose}
    >
      <TagRows rows={rows} onChange={next => setRows([...next])} />
    </ActModal>
  )
}
