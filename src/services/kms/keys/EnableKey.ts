import { enable, isComplete, pendingImport } from '../../../domain/index.ts'
import { rotateIfDue } from '../../../lifecycle/index.ts'
import { required, structure } from '../../../std/index.ts'
import { operation } from '../operation.ts'
import { keyIdType } from '../wire/shapes.ts'

/** Sets the state of a KMS key to Enabled, which allows its use for cryptographic operations. */
export const EnableKey = operation({
  name: 'EnableKey',
  effect: 'write',
  input: structure({ KeyId: required(keyIdType) }),
  output: undefined,
  touches: { key: { from: input => input.KeyId, forms: 'key' } },
  async handle({ key, now, store, hsm, recordEvent }) {
    // A key without its imported key material is PendingImport, not Disabled; but earlier versions left some Disabled.
    if (!isComplete(key.records)) throw pendingImport(key.arn)
    const enabled = enable(key.key)
    await store.keys.update(enabled)
    // "AWS KMS rotates it immediately" if its rotation period is over (API reference, "GetKeyRotationStatus").
    const record = { key: enabled, policy: key.policyText, materials: key.records }
    for (const event of await rotateIfDue(store, hsm, record, now)) recordEvent(event)
  },
})
