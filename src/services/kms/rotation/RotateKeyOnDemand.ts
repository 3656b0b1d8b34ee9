import { checkNotReplica, checkRotates, checkRotatesOnDemand, type KmsKey } from '../../../domain/index.ts'
import { rotateKey } from '../../../lifecycle/index.ts'
import { required, structure } from '../../../std/index.ts'
import { operation } from '../wire/operation.ts'
import { keyIdType } from '../wire/shapes.ts'

/**
 * Rotates at once. AWS takes minutes, in which the key goes on with its old key material, GetKeyRotationStatus tells when the
 * rotation was asked for, and asking again succeeds without a second one. Here each call is a rotation of its own: a client
 * finds what AWS has in the end, without waiting for it.
 */
export const RotateKeyOnDemand = operation({
  name: 'RotateKeyOnDemand',
  effect: 'write',
  input: structure({ KeyId: required(keyIdType) }),
  output: structure({ KeyId: keyIdType }),
  touches: { key: { from: input => input.KeyId, forms: 'key', supports: checkRotatable } },
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
