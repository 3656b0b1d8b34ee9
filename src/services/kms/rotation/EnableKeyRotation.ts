import {
  checkRotatesAutomatically,
  checkStartsRotation,
  rotationPeriodDaysDefault,
} from '../../../domain/index.ts'
import { startRotation } from '../../../lifecycle/index.ts'
import { integer, required, structure } from '../../../std/index.ts'
import { operation } from '../operation.ts'
import { keyIdType } from '../wire/shapes.ts'

/** Enables automatic rotation of the key material of a symmetric encryption KMS key. */
export const EnableKeyRotation = operation({
  name: 'EnableKeyRotation',
  effect: 'write',
  input: structure({
    KeyId: required(keyIdType),
    RotationPeriodInDays: integer({ min: 90, max: 2560 }),
  }),
  output: undefined,
  touches: {
    key: {
      from: input => input.KeyId,
      forms: 'key',
      fits: checkRotatesAutomatically,
      supports: checkStartsRotation,
      // The default also counts if rotation is on with a different period, although that period then stays (recorded
      // from AWS).
      conditions: input => ({
        'kms:RotationPeriodInDays': input.RotationPeriodInDays ?? rotationPeriodDaysDefault,
      }),
    },
  },
  async handle({ input, key, now, store }) {
    await startRotation(store, key.key, input.RotationPeriodInDays, now)
  },
})
