import { useState } from 'react'
import {
  changedExternalStore,
  draftOf,
  externalFaults,
  fixedWhileConnected,
} from '../../model/stores/external-draft.ts'
import { Confirm } from '../../ui/confirm.tsx'
import { ExternalFields } from './external-fields.tsx'
import type { StoreFormProps } from './store-form-props.ts'
import { useUpdateStore } from './use-update-store.ts'

/** Changes an external key store. */
export function EditExternalStore({ store, onClose }: StoreFormProps) {
  const [draft, setDraft] = useState(() => draftOf(store))
  const [isTried, setTried] = useState(false)
  const update = useUpdateStore(onClose)
  const faults = externalFaults(draft, store)
  const change = changedExternalStore(draft, store)
  return (
    <Confirm
      title="Edit key store"
      action="Save changes"
      isWide
      isBusy={update.isPending}
      error={update.error}
      onCancel={onClose}
      onConfirm={() => {
        setTried(true)
        if (Object.keys(faults).length > 0) return
        if (change === undefined) onClose()
        else update.mutate(change)
      }}
    >
      <ExternalFields
        value={draft}
        onChange={setDraft}
        faults={faults}
        isTried={isTried}
        fixed={store.ConnectionState === 'DISCONNECTED' ? [] : fixedWhileConnected}
        hasCredential
      />
    </Confirm>
  )
}
