import {
  checkNotReplica,
  checkRotates,
  checkRotatesOnDemand,
  type KmsKey,
  refuseKeyInStore,
} from '../../../domain/index.ts'
import { rotateKey } from '../../../lifecycle/index.ts'
import { required, structure } from '../../../std/index.ts'
import { operation } from '../operation.ts'
import { keyIdType } from '../wire/shapes.ts'

/**
 * Rotates the key material of a symmetric encryption KMS key immediately. In AWS a rotation takes minutes: meanwhile
 * the key keeps its old key material, GetKeyRotationStatus returns the start date, and a second call succeeds without a
 * second rotation. Here each call is a rotation of its own, and a client finds the final state of AWS without waiting
 * for it.
 */
export const RotateKeyOnDemand = operation({
  name: 'RotateKeyOnDemand',
  effect: 'write',
  input: structure({ KeyId: required(keyIdType) }),
  output: structure({ KeyId: keyIdType }),
  touches: {
    key: { from: input => input.KeyId, forms: 'key', fits: refuseKeyInStore, supports: checkRotatable },
  },
  async handle({ key, now, store, hsm, deployment, recordEvent }) {
    checkRotatesOnDemand(key.key, key.records, now, deployment.quotas.onDemandRotationsPerKey)
    const record = { key: key.key, policy: key.policyText, materials: key.records }
    for (const event of await rotateKey(store, hsm, record, 'ON_DEMAND', now)) recordEvent(event)
    return { KeyId: key.arn }
  },
})

function checkRotatable(key: KmsKey): void {
  checkRotates(key)
  checkNotReplica(key, 'RotateKeyOnDemand')
}
