import FormField from '@cloudscape-design/components/form-field'
import { useState } from 'react'
import {
  clusterFaults,
  firstCluster,
  newClusterStore,
  trustAnchorMax,
} from '../../model/stores/cluster-draft.ts'
import { Confirm } from '../../ui/confirm.tsx'
import { FileInput } from '../../ui/file-input.tsx'
import { ClusterFields } from './cluster-fields.tsx'
import { useCreateStore } from './use-create-store.ts'

/** Makes an AWS CloudHSM key store. */
export function CreateClusterStore({ onClose }: { readonly onClose: () => void }) {
  const [draft, setDraft] = useState(firstCluster)
  const [isTried, setTried] = useState(false)
  const create = useCreateStore(onClose)
  const faults = clusterFaults(draft)
  const isFaultShown = isTried || draft.trustAnchor !== ''
  return (
    <Confirm
      title="Create AWS CloudHSM key store"
      action="Create key store"
      isWide
      isBusy={create.isPending}
      error={create.error}
      onCancel={onClose}
      onConfirm={() => {
        setTried(true)
        if (Object.keys(faults).length === 0) create.mutate(newClusterStore(draft))
      }}
    >
      <ClusterFields
        value={draft}
        onChange={setDraft}
        faults={faults}
        isTried={isTried}
        passwordText="The password that the user kmsuser has in the HSMs now. It is tried when the key store is connected."
      />
      <FormField
        label="Trust anchor certificate"
        constraintText="The file customerCA.crt of the cluster."
        errorText={isFaultShown ? faults.trustAnchor : undefined}
      >
        <FileInput
          maxBytes={trustAnchorMax}
          maxText="5,000 bytes"
          accept=".crt,.pem"
          onRead={file =>
            setDraft(now => ({
              ...now,
              trustAnchor: file === undefined ? '' : new TextDecoder().decode(file.bytes),
            }))
          }
        />
      </FormField>
    </Confirm>
  )
}
