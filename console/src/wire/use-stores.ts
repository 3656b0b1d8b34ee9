import type { CustomKeyStoresListEntry, DescribeCustomKeyStoresCommandInput } from '@aws-sdk/client-kms'
import { useQuery } from '@tanstack/react-query'
import { isMoving } from '../model/stores/store-states.ts'
import { useRoute } from '../route/use-route.ts'
import { everyPage } from './every-page.ts'
import { kmsStores } from './kms/stores.ts'

/** Milliseconds between two looks at a store whose connection changes. */
const lookEveryMs = 2000

/**
 * The custom key stores, or the one that the input names. While one connects or disconnects they are read again and again, but not in
 * a tab that nobody sees.
 */
export function useStores(input: Pick<DescribeCustomKeyStoresCommandInput, 'CustomKeyStoreId'> = {}) {
  const region = useRoute()?.region
  return useQuery({
    queryKey: ['DescribeCustomKeyStores', region, 'every page', input],
    queryFn: ({ signal }) =>
      everyPage<CustomKeyStoresListEntry>(async marker => {
        const page = await kmsStores.describeCustomKeyStores({ ...input, Marker: marker }, { region, signal })
        return { items: page.CustomKeyStores ?? [], next: page.NextMarker }
      }),
    refetchInterval: ({ state }) => (state.data?.some(isMoving) === true ? lookEveryMs : false),
  })
}
