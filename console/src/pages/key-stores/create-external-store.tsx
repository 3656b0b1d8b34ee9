import FormField from '@cloudscape-design/components/form-field'
import { useState } from 'react'
import { externalFaults, firstExternal, newExternalStore } from '../../model/stores/external-draft.ts'
import { proxyFileMaxBytes, readProxyFile } from '../../model/stores/proxy-file.ts'
import { Confirm } from '../../ui/confirm.tsx'
import { FileInput, type ReadFile } from '../../ui/file-input.tsx'
import { ExternalFields } from './external-fields.tsx'
import { useCreateStore } from './use-create-store.ts'

/** Makes an external key store. */
export function CreateExternalStore({ onClose }: { readonly onClose: () => void }) {
  const [draft, setDraft] = useState(firstExternal)
  const [isTried, setTried] = useState(false)
  const [fileFault, setFileFault] = useState<string>()
  const create = useCreateStore(onClose)
  const faults = externalFaults(draft)
  const takeFile = (file: ReadFile | undefined) => {
    setFileFault(undefined)
    if (file === undefined) return
    try {
      const values = readProxyFile(new TextDecoder().decode(file.bytes))
      setDraft(now => ({ ...now, ...values }))
    } catch (error) {
      setFileFault((error as Error).message)
    }
  }
  return (
    <Confirm
      title="Create external key store"
      action="Create external key store"
      isWide
      isBusy={create.isPending}
      error={create.error}
      onCancel={onClose}
      onConfirm={() => {
        setTried(true)
        if (Object.keys(faults).length === 0) create.mutate(newExternalStore(draft))
      }}
    >
      <ExternalFields value={draft} onChange={setDraft} faults={faults} isTried={isTried} />
      <FormField
        label="Upload configuration file - optional"
        constraintText="A JSON file of the proxy. It fills in the path and the credential, which can be changed here."
        errorText={fileFault}
      >
        <FileInput maxBytes={proxyFileMaxBytes} maxText="16 KiB" accept=".json" onRead={takeFile} />
      </FormField>
    </Confirm>
  )
}
