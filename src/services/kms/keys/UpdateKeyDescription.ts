import { required, structure } from '../../../std/index.ts'
import { operation } from '../operation.ts'
import { descriptionType, keyIdType } from '../wire/shapes.ts'

/** Updates the description of a KMS key. */
export const UpdateKeyDescription = operation({
  name: 'UpdateKeyDescription',
  effect: 'write',
  input: structure({ KeyId: required(keyIdType), Description: required(descriptionType) }),
  output: undefined,
  touches: { key: { from: input => input.KeyId, forms: 'key' } },
  async handle({ input, key, store }) {
    await store.keys.update({ ...key.key, description: input.Description })
  },
})
