import { checkRotatesAutomatically, checkStopsRotation } from '../../../domain/index.ts'
import { stopRotation } from '../../../lifecycle/index.ts'
import { required, structure } from '../../../std/index.ts'
import { operation } from '../operation.ts'
import { keyIdType } from '../wire/shapes.ts'

/** Disables automatic rotation of the key material of a symmetric encryption KMS key. */
export const DisableKeyRotation = operation({
  name: 'DisableKeyRotation',
  effect: 'write',
  input: structure({ KeyId: required(keyIdType) }),
  output: undefined,
  touches: {
    key: {
      from: input => input.KeyId,
      forms: 'key',
      fits: checkRotatesAutomatically,
      supports: checkStopsRotation,
    },
  },
  async handle({ key, store }) {
    await stopRotation(store, key.key)
  },
})
