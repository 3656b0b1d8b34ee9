import { enable, isComplete, pendingImport } from '../../domain/index.ts'
import { operation } from '../../pipeline/index.ts'
import { required, structure } from '../../std/index.ts'
import { keyIdType } from './shapes.ts'

export const EnableKey = operation({
  name: 'EnableKey',
  effect: 'write',
  input: structure({ KeyId: required(keyIdType) }),
  output: undefined,
  keys: { key: { from: input => input.KeyId, forms: 'key' } },
  async handle({ key, store }) {
    // A cancelled deletion leaves a key Disabled, also one whose imported key material is not all there.
    if (!isComplete(key.records)) throw pendingImport(key.arn)
    await store.updateKey(enable(key.key))
  },
})
