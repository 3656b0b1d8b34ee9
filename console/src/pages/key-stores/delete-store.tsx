import Alert from '@cloudscape-design/components/alert'
import Box from '@cloudscape-design/components/box'
import { currentRegion, currentRoute, href, navigate } from '../../route/use-route.ts'
import { Confirm } from '../../ui/confirm.tsx'
import { flash } from '../../ui/flash.ts'
import { keyward } from '../../wire/keyward.ts'
import { kmsStores } from '../../wire/kms/stores.ts'
import { useAct, useCall } from '../../wire/use-call.ts'
import type { StoreFormProps } from './store-form-props.ts'
import { StoreKeys } from './store-keys.tsx'
import { storeKinds } from './store-kinds.ts'

/** Deletes a custom key store that has no keys. */
export function DeleteStore({ store, onClose }: StoreFormProps) {
  const { CustomKeyStoreId = '', CustomKeyStoreName = '', CustomKeyStoreType = 'EXTERNAL_KEY_STORE' } = store
  // A caller who may not list keys learns from the refusal whether there are any.
  const keys = useCall('ListKeyDetails', keyward.listKeyDetails, {
    Filters: [{ Name: 'KeyStoreId', Operator: 'is', Values: [CustomKeyStoreId] }],
    Limit: 1,
  })
  const hasKeys = keys.data !== undefined && keys.data.Keys.length > 0
  const remove = useAct(
    () => kmsStores.deleteCustomKeyStore({ CustomKeyStoreId }, { region: currentRegion() }),
    ['DescribeCustomKeyStores'],
  )
  const leave = () => {
    flash.success(`The key store ${CustomKeyStoreName} is deleted.`)
    onClose()
    if (currentRoute()?.page === 'keyStore') navigate(href(storeKinds[CustomKeyStoreType].list))
  }
  return (
    <Confirm
      title="Delete key store"
      action="Delete key store"
      {...(!hasKeys && { typed: CustomKeyStoreName })}
      blockedBecause={hasKeys ? 'The key store has keys.' : undefined}
      isBusy={remove.isPending}
      error={remove.error}
      onCancel={onClose}
      onConfirm={() => remove.mutate(undefined, { onSuccess: leave })}
    >
      {hasKeys && (
        <Alert type="warning">
          The key store has keys. It can be deleted when all of them are deleted, after their waiting periods.{' '}
          <StoreKeys storeId={CustomKeyStoreId} />
        </Alert>
      )}
      <Box>
        Deleting <b className="any-text">{CustomKeyStoreName}</b> cannot be undone.{' '}
        {CustomKeyStoreType === 'AWS_CLOUDHSM'
          ? 'The cluster and its HSMs stay as they are.'
          : 'The proxy and the keys of the key manager stay as they are.'}
      </Box>
    </Confirm>
  )
}
