import { required, structure } from '../../../std/index.ts'
import { operation } from '../operation.ts'
import { keyIdType, policyNameType, policyType } from '../wire/shapes.ts'
import { checkPolicyName, defaultPolicyName } from './policy-name.ts'

/** Gets the key policy of a KMS key. */
export const GetKeyPolicy = operation({
  name: 'GetKeyPolicy',
  effect: 'read',
  input: structure({ KeyId: required(keyIdType), PolicyName: policyNameType }),
  output: structure({ Policy: policyType, PolicyName: policyNameType }),
  touches: { key: { from: input => input.KeyId, forms: 'key' } },
  handle({ input, key }) {
    checkPolicyName(input.PolicyName)
    return { Policy: key.policyText, PolicyName: defaultPolicyName }
  },
})
