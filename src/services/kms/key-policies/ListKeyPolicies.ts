import { list, required, structure } from '../../../std/index.ts'
import { operation } from '../operation.ts'
import { invalidMarker, pageInput, pageOutput } from '../wire/paging.ts'
import { keyIdType, policyNameType } from '../wire/shapes.ts'
import { defaultPolicyName } from './policy-name.ts'

/** Gets the names of the key policies of a KMS key; the only one is `default`. */
export const ListKeyPolicies = operation({
  name: 'ListKeyPolicies',
  effect: 'read',
  input: structure({ KeyId: required(keyIdType), ...pageInput(1000) }),
  output: structure({ PolicyNames: list(policyNameType), ...pageOutput }),
  touches: { key: { from: input => input.KeyId, forms: 'key' } },
  handle({ input }) {
    // There is never a second page, so no marker is valid.
    if (input.Marker !== undefined) throw invalidMarker()
    return { PolicyNames: [defaultPolicyName], Truncated: false }
  },
})
