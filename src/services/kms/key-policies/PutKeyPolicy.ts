import { boolean, required, structure } from '../../../std/index.ts'
import { operation } from '../operation.ts'
import { keyIdType, policyNameType, policyType } from '../wire/shapes.ts'
import { showDefaults } from '../wire/show-defaults.ts'
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
  // As published: the record has this member although few clients send it (AWS KMS developer guide, log entries).
  record: {
    shown: (_input, disclosed) => showDefaults({ bypassPolicyLockoutSafetyCheck: false }, disclosed),
  },
  async handle({ input, key, store, requestFor }) {
    checkPolicyName(input.PolicyName)
    const wanted = {
      policy: input.Policy,
      scope: key.key,
      keyId: key.key.keyId,
      bypassesLockoutCheck: input.BypassPolicyLockoutSafetyCheck,
    }
    await checkKeyPolicy(wanted, { store, requestFor })
    await store.keys.setPolicy(key.key, key.key.keyId, input.Policy)
  },
})
