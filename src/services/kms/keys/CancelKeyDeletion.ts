import { cancelDeletion } from '../../../domain/index.ts'
import { required, structure } from '../../../std/index.ts'
import { operation } from '../operation.ts'
import { keyIdType } from '../wire/shapes.ts'

/** Cancels the deletion of a KMS key. The key is then Disabled, or PendingImport if key material is missing. */
export const CancelKeyDeletion = operation({
  name: 'CancelKeyDeletion',
  effect: 'write',
  input: structure({ KeyId: required(keyIdType) }),
  output: structure({ KeyId: required(keyIdType) }),
  touches: { key: { from: input => input.KeyId, forms: 'key' } },
  disclose: ({ KeyId }) => ({ responseElements: { keyId: KeyId } }),
  async handle({ key, store }) {
    await store.keys.update(cancelDeletion(key.key, key.records))
    return { KeyId: key.arn }
  },
})
