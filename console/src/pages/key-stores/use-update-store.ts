import type { UpdateCustomKeyStoreCommandInput } from '@aws-sdk/client-kms'
import { currentRegion } from '../../route/use-route.ts'
import { flash } from '../../ui/flash.ts'
import { kmsStores } from '../../wire/kms/stores.ts'
import { useAct } from '../../wire/use-call.ts'

/** Changes a custom key store. The input can have a secret, which is not kept. */
export function useUpdateStore(onDone: () => void) {
  return useAct(
    async (input: UpdateCustomKeyStoreCommandInput) => {
      await kmsStores.updateCustomKeyStore(input, { region: currentRegion() })
      flash.success('The key store is changed.')
      onDone()
    },
    ['DescribeCustomKeyStores'],
    { hasSecret: true },
  )
}
