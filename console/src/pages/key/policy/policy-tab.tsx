import { Loaded } from '../../../ui/states/loaded.tsx'
import { kms } from '../../../wire/kms.ts'
import { useCall } from '../../../wire/use-call.ts'
import type { ShownKey } from '../shown-key.ts'
import { PolicyViews } from './policy-views.tsx'

/** The key policy. */
export function PolicyTab({ shown }: { readonly shown: ShownKey }) {
  const query = useCall('GetKeyPolicy', kms.getKeyPolicy, { KeyId: shown.id })
  return (
    <Loaded query={query} name="the key policy" action="kms:GetKeyPolicy">
      {({ Policy = '' }) => <PolicyViews shown={shown} stored={Policy} />}
    </Loaded>
  )
}
