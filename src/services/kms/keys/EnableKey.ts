import { enable, isComplete, pendingImport } from '../../../domain/index.ts'
import { rotateIfDue } from '../../../lifecycle/index.ts'
import { required, structure } from '../../../std/index.ts'
import { operation } from '../wire/operation.ts'
import { keyIdType } from '../wire/shapes.ts'

export const EnableKey = operation({
  name: 'EnableKey',
  effect: 'write',
  input: structure({ KeyId: required(keyIdType) }),
  output: undefined,
  touches: { key: { from: input => input.KeyId, forms: 'key' } },
  async handle({ key, now, store, hsm, recordEvent }) {
    // No key is Disabled without its imported key material, unless it was so before a version that saw to that.
    if (!isComplete(key.records)) throw pendingImport(key.arn)
    const enabled = enable(key.key)
    await store.updateKey(enabled)
    // "AWS KMS rotates it immediately" where its period is over (API reference, "GetKeyRotationStatus").
    const record = { key: enabled, policy: key.policyText, materials: key.records }
    for (const event of await rotateIfDue(store, hsm, record, now)) recordEvent(event)
  },
})
