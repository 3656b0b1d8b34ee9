import { currentRegion } from '../../../route/use-route.ts'
import { flash } from '../../../ui/flash.ts'
import { kmsPolicies } from '../../../wire/kms-policies.ts'
import { useAct } from '../../../wire/use-call.ts'

interface NewPolicy {
  readonly text: string
  /** Whether the server takes a policy that its author could not change again. */
  readonly bypasses?: boolean
}

/** Saves the policy of a key. `onSaved` is called once the server has it. */
export function useSavePolicy(keyId: string, onSaved: () => void) {
  return useAct(
    async ({ text, bypasses = false }: NewPolicy) => {
      const bypass = bypasses ? { BypassPolicyLockoutSafetyCheck: true } : {}
      await kmsPolicies.putKeyPolicy({ KeyId: keyId, Policy: text, ...bypass }, { region: currentRegion() })
      flash.success('The key policy is changed.')
      onSaved()
    },
    // The policy decides what the caller sees of the key.
    ['GetKeyPolicy', 'DescribeKey', 'ListResourceTags', 'ListAliases', 'ExplainAccess'],
  )
}
