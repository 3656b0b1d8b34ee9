import { boolean, required, structure } from '../../../std/index.ts'
import { operation } from '../operation.ts'
import { keyIdType, policyNameType, policyType } from '../wire/shapes.ts'
import { checkKeyPolicy } from './check-key-policy.ts'
import { checkPolicyName } from './policy-name.ts'

/** Attaches a key policy to a KMS key, in place of the one before. */
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
  touches: {
    key: {
      from: input => input.KeyId,
      forms: 'key',
      conditions: input => ({
        'kms:BypassPolicyLockoutSafetyCheck': input.BypassPolicyLockoutSafetyCheck,
      }),
    },
  },
  async handle({ input, key, caller, store, contextFor }) {
    checkPolicyName(input.PolicyName)
    await checkKeyPolicy(store, {
      policy: input.Policy,
      keyArn: key.arn,
      accountId: key.key.accountId,
      principal: caller.identity.principal,
      bypassesLockoutCheck: input.BypassPolicyLockoutSafetyCheck,
      context: contextFor('kms:PutKeyPolicy'),
    })
    await store.keys.setPolicy(key.key, key.key.keyId, input.Policy)
  },
})
