import Link from '@cloudscape-design/components/link'
import { writeFilter } from '../../model/key-filters.ts'
import { href } from '../../route/use-route.ts'

/** The link to the list of the keys in a custom key store. */
export function StoreKeys({ storeId }: { readonly storeId: string }) {
  const filter = {
    tokens: [{ propertyKey: 'KeyStoreId', operator: '=', value: storeId }],
    operation: 'and',
  } as const
  return <Link href={href('keys', {}, writeFilter(filter))}>Keys in this key store</Link>
}
