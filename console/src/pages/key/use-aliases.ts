import { everyPage } from '../../wire/every-page.ts'
import { kms } from '../../wire/kms.ts'
import { useCall } from '../../wire/use-call.ts'
import type { ShownKey } from './shown-key.ts'

/** The aliases of a key. AWS KMS lists those of the caller's account alone, which only keys of this account have. */
export function useAliases({ id, isForeign }: ShownKey) {
  return useCall('ListAliases', allAliases, { KeyId: id }, { isEnabled: !isForeign })
}

const allAliases = ({ KeyId }: { readonly KeyId: string }, options: Parameters<typeof kms.listAliases>[1]) =>
  everyPage(async marker => {
    const { Aliases = [], NextMarker } = await kms.listAliases({ KeyId, Marker: marker }, options)
    return { items: Aliases, next: NextMarker }
  })
