import type { CreateCustomKeyStoreCommandInput } from '@aws-sdk/client-kms'
import { currentRegion, href } from '../../route/use-route.ts'
import { flash } from '../../ui/flash.ts'
import { kmsStores } from '../../wire/kms/stores.ts'
import { useAct } from '../../wire/use-call.ts'

/** Makes a custom key store. The input has a secret, which is not kept. */
export function useCreateStore(onDone: () => void) {
  return useAct(
    async (input: CreateCustomKeyStoreCommandInput) => {
      const { CustomKeyStoreId: storeId = '' } = await kmsStores.createCustomKeyStore(input, {
        region: currentRegion(),
      })
      flash.success(
        `The key store ${input.CustomKeyStoreName} is created. Connect it before you make keys in it.`,
        {
          ...{ text: 'View key store', href: href('keyStore', { storeId }) },
        },
      )
      onDone()
    },
    ['DescribeCustomKeyStores'],
    { hasSecret: true },
  )
}
