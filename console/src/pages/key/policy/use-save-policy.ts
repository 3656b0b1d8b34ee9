import { currentRegion } from '../../../route/use-route.ts'
import { kmsPolicies } from '../../../wire/kms/policies.ts'
import { useAct } from '../../../wire/use-call.ts'

interface NewPolicy {
  readonly text: string
  /** Whether the server takes a policy that its author could not change again. */
  readonly bypasses: boolean
}

/** Saves the policy of a key. */
export function useSavePolicy(keyId: string) {
  return useAct(
    async ({ text, bypasses }: NewPolicy) => {
      const bypass = bypasses ? { BypassPolicyLockoutSafetyCheck: true } : {}
      await kmsPolicies.putKeyPolicy({ KeyId: keyId, Policy: text, ...bypass }, { region: currentRegion() })
    },
    // The policy decides what the caller sees of the key.
    ['GetKeyPolicy', 'DescribeKey', 'ListResourceTags', 'ListAliases', 'ListKeyDetails', 'ExplainAccess'],
  )
}
