import { disable } from '../../../domain/index.ts'
import { required, structure } from '../../../std/index.ts'
import { operation } from '../operation.ts'
import { keyIdType } from '../wire/shapes.ts'
import { daysWithoutUse } from './trailing-days.ts'

/** Sets the state of a KMS key to Disabled, which prevents its use for cryptographic operations. */
export const DisableKey = operation({
  name: 'DisableKey',
  effect: 'write',
  input: structure({ KeyId: required(keyIdType) }),
  output: undefined,
  touches: {
    key: {
      from: input => input.KeyId,
      forms: 'key',
      needsLastUsage: true,
      conditions: (_input, facts) => ({ 'kms:TrailingDaysWithoutKeyUsage': daysWithoutUse(facts) }),
    },
  },
  async handle({ key, store }) {
    await store.keys.update(disable(key.key))
  },
})
