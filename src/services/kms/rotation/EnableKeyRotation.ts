import { checkStartsRotation, rotationPeriodDaysDefault } from '../../../domain/index.ts'
import { startRotation } from '../../../lifecycle/index.ts'
import { integer, required, structure } from '../../../std/index.ts'
import { operation } from '../wire/operation.ts'
import { keyIdType } from '../wire/shapes.ts'

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
      supports: checkStartsRotation,
      // Also where rotation is on with another period, which then stays (recorded from AWS).
      conditions: input => ({
        'kms:RotationPeriodInDays': input.RotationPeriodInDays ?? rotationPeriodDaysDefault,
      }),
    },
  },
  async handle({ input, key, now, store }) {
    await startRotation(store, key.key, input.RotationPeriodInDays, now)
  },
})
