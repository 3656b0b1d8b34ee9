import type { ResolvedKey } from '../../../keys/index.ts'
import type { Disclosure } from '../../../operation/index.ts'

type Event = Disclosure['additionalEventData']

interface Found {
  readonly key?: ResolvedKey
}

/**
 * Returns the custom key store of a key and the key outside, which the records of cryptographic operations have, failed ones too (AWS
 * KMS developer guide, log entries "Decrypt with a KMS key in an AWS CloudHSM key store", "Decrypt with a KMS key in an external key store"
 * and "Decrypt failure").
 */
export function discloseKeyStore({ key }: Found): Event {
  const { externalKey: external, clusterKey: cluster } = key?.key ?? {}
  if (cluster !== undefined) return { customKeyStoreId: cluster.customKeyStoreId }
  return external && { customKeyStoreId: external.customKeyStoreId, xksKeyId: external.xksKeyId }
}

/**
 * Returns the custom key store and the cluster of a key in HSMs, and the key material there (AWS KMS developer guide, log entry
 * "ScheduleKeyDeletion" of a key in an AWS CloudHSM key store; key handles are absent, as in its newest record of "DeleteKey").
 */
export function discloseBackingKeys({ key }: Found): Event {
  if (key?.key.clusterKey === undefined) return undefined
  const { customKeyStoreId } = key.key.clusterKey
  return {
    customKeyStoreId,
    ...(key.cloudHsmClusterId !== undefined && { clusterId: key.cloudHsmClusterId }),
    backingKeys: JSON.stringify(key.records.map(({ keyMaterialId }) => backingKey(keyMaterialId))),
  }
}

/** A key material, as records name that of a key in HSMs. */
export const backingKey = (keyMaterialId: string): { readonly backingKeyId: string } => ({
  backingKeyId: keyMaterialId,
})
