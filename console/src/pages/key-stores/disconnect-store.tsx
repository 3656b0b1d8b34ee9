import Box from '@cloudscape-design/components/box'
import { currentRegion } from '../../route/use-route.ts'
import { Confirm } from '../../ui/confirm.tsx'
import { kmsStores } from '../../wire/kms/stores.ts'
import { useAct } from '../../wire/use-call.ts'
import type { StoreFormProps } from './store-form-props.ts'
import { StoreKeys } from './store-keys.tsx'

/** Disconnects a custom key store. */
export function DisconnectStore({ store, onClose }: StoreFormProps) {
  const { CustomKeyStoreId = '', CustomKeyStoreName } = store
  const disconnect = useAct(
    () => kmsStores.disconnectCustomKeyStore({ CustomKeyStoreId }, { region: currentRegion() }),
    ['DescribeCustomKeyStores', 'DescribeKey', 'ListKeyDetails'],
  )
  return (
    <Confirm
      title="Disconnect key store"
      action="Disconnect"
      warning="The keys of the key store cannot be used until it is connected again: calls with them fail, and data under them cannot be read."
      isBusy={disconnect.isPending}
      error={disconnect.error}
      onCancel={onClose}
      onConfirm={() => disconnect.mutate(undefined, { onSuccess: onClose })}
    >
      <Box>
        The key store <b className="any-text">{CustomKeyStoreName}</b> is disconnected.{' '}
        <StoreKeys storeId={CustomKeyStoreId} />
      </Box>
    </Confirm>
  )
}
