import { operation } from '../../../pipeline/index.ts'
import { required, structure } from '../../../std/index.ts'
import { descriptionType, keyIdType } from '../wire/shapes.ts'

/** Updates the description of a KMS key. */
export const UpdateKeyDescription = operation({
  name: 'UpdateKeyDescription',
  effect: 'write',
  input: structure({ KeyId: required(keyIdType), Description: required(descriptionType) }),
  output: undefined,
  keys: { key: { from: input => input.KeyId, forms: 'key' } },
  async handle({ input, key, store }) {
    await store.updateKey({ ...key.key, description: input.Description })
  },
})
