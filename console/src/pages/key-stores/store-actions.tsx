import type { CustomKeyStoresListEntry } from '@aws-sdk/client-kms'
import ButtonDropdown from '@cloudscape-design/components/button-dropdown'
import { useState } from 'react'
import { actFault, type StoreAct } from '../../model/stores/store-states.ts'
import { ConnectStore } from './connect-store.tsx'
import { DeleteStore } from './delete-store.tsx'
import { DisconnectStore } from './disconnect-store.tsx'
import { EditClusterStore } from './edit-cluster-store.tsx'
import { EditExternalStore } from './edit-external-store.tsx'
import type { StoreFormProps } from './store-form-props.ts'

const acts: Readonly<Record<StoreAct, string>> = {
  connect: 'Connect',
  disconnect: 'Disconnect',
  edit: 'Edit',
  delete: 'Delete',
}

/** The actions on a custom key store. */
export function StoreActions({ store }: { readonly store: CustomKeyStoresListEntry | undefined }) {
  const [chosen, setChosen] = useState<{ readonly act: StoreAct; readonly store: CustomKeyStoresListEntry }>()
  return (
    <>
      <ButtonDropdown
        items={(Object.keys(acts) as StoreAct[]).map(act => {
          const fault = store === undefined ? 'Select a key store first.' : actFault(act, store)
          const isOff = fault !== undefined
          return { id: act, text: acts[act], disabled: isOff, ...(isOff && { disabledReason: fault }) }
        })}
        onItemClick={({ detail }) => {
          if (store !== undefined) setChosen({ act: detail.id as StoreAct, store })
        }}
      >
        Key store actions
      </ButtonDropdown>
      {chosen !== undefined && <Chosen {...chosen} onClose={() => setChosen(undefined)} />}
    </>
  )
}

function Chosen({ act, ...form }: StoreFormProps & { readonly act: StoreAct }) {
  if (act === 'connect') return <ConnectStore {...form} />
  if (act === 'disconnect') return <DisconnectStore {...form} />
  if (act === 'delete') return <DeleteStore {...form} />
  return form.store.CustomKeyStoreType === 'AWS_CLOUDHSM' ? (
    <EditClusterStore {...form} />
  ) : (
    <EditExternalStore {...form} />
  )
}
