import Box from '@cloudscape-design/components/box'
import { currentRegion } from '../../route/use-route.ts'
import { Confirm } from '../../ui/confirm.tsx'
import { kmsStores } from '../../wire/kms/stores.ts'
import { useAct } from '../../wire/use-call.ts'
import type { StoreFormProps } from './store-form-props.ts'

/** Connects a custom key store. The answer comes before the connection is there: the page shows how it goes on. */
export function ConnectStore({ store, onClose }: StoreFormProps) {
  const { CustomKeyStoreId, CustomKeyStoreName, CustomKeyStoreType } = store
  const connect = useAct(
    () => kmsStores.connectCustomKeyStore({ CustomKeyStoreId }, { region: currentRegion() }),
    ['DescribeCustomKeyStores'],
  )
  return (
    <Confirm
      title="Connect key store"
      action="Connect"
      isBusy={connect.isPending}
      error={connect.error}
      onCancel={onClose}
      onConfirm={() => connect.mutate(undefined, { onSuccess: onClose })}
    >
      <Box>
        The key store <b className="any-text">{CustomKeyStoreName}</b> is connected, which can take some
        minutes.
      </Box>
      <Box>
        {CustomKeyStoreType === 'AWS_CLOUDHSM'
          ? 'The server logs in to the HSMs as kmsuser, and gives the user a new password that only the server knows.'
          : 'The server asks the proxy for its health, and uses it from then on.'}
      </Box>
    </Confirm>
  )
}
