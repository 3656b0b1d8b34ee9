import { checkNoLockout, compileKeyPolicy } from '../../access/index.ts'
import { operation } from '../../pipeline/index.ts'
import { boolean, required, structure } from '../../std/index.ts'
import { checkPolicyName } from './policy-name.ts'
import { keyIdType, policyNameType, policyType } from './shapes.ts'

export const PutKeyPolicy = operation({
  name: 'PutKeyPolicy',
  effect: 'write',
  input: structure({
    KeyId: required(keyIdType),
    PolicyName: policyNameType,
    Policy: required(policyType),
    BypassPolicyLockoutSafetyCheck: boolean(),
  }),
  output: undefined,
  keys: { key: { from: input => input.KeyId, forms: 'key' } },
  async handle({ input, key, caller, store }) {
    checkPolicyName(input.PolicyName)
    const compiled = compileKeyPolicy(input.Policy)
    if (input.BypassPolicyLockoutSafetyCheck !== true) {
      checkNoLockout(compiled, key.arn, key.key.accountId, caller.identity.principal)
    }
    await store.setKeyPolicy(key.key, key.key.keyId, input.Policy)
  },
})
