import { useState } from 'react'
import { changedClusterStore, clusterDraftOf, clusterFaults } from '../../model/stores/cluster-draft.ts'
import { Confirm } from '../../ui/confirm.tsx'
import { ClusterFields } from './cluster-fields.tsx'
import type { StoreFormProps } from './store-form-props.ts'
import { useUpdateStore } from './use-update-store.ts'

/** Changes an AWS CloudHSM key store. While it is connected only its name can change. */
export function EditClusterStore({ store, onClose }: StoreFormProps) {
  const [draft, setDraft] = useState(() => clusterDraftOf(store))
  const [isTried, setTried] = useState(false)
  const update = useUpdateStore(onClose)
  const faults = clusterFaults(draft, store)
  const change = changedClusterStore(draft, store)
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
      <ClusterFields
        value={draft}
        onChange={setDraft}
        faults={faults}
        isTried={isTried}
        fixed={store.ConnectionState === 'DISCONNECTED' ? [] : ['clusterId', 'password']}
        passwordText="Only if somebody changed it in the HSMs: the server then knows it. Nothing changes in the HSMs."
      />
    </Confirm>
  )
}
