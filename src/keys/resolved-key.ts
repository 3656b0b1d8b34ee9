import { type CompiledPolicy, compileStoredKeyPolicy } from '../access/index.ts'
import {
  arnOf,
  asOf,
  type KeyMaterial,
  type KeyRecord,
  type KeyState,
  type KmsKey,
  keyStoreIdOf,
  type Scope,
  stateWith,
  type Tag,
} from '../domain/index.ts'
import type { KeyBinding, KeyHandle, PublicKeyHandle } from '../hsm/index.ts'
import type { Millis } from '../std/index.ts'
import type { KeyLabels, Reader } from '../store/index.ts'

/** A key with everything that a request needs of it. It is made once and never changes. */
export interface ResolvedKey {
  readonly key: KmsKey
  readonly arn: string
  /** The state of the key as the API shows it. `key.keyState` is what is stored, and stays while a custom key store is not connected. */
  readonly state: KeyState
  /** The CloudHSM cluster of a key of the origin AWS_CLOUDHSM; undefined for all others. */
  readonly cloudHsmClusterId: string | undefined
  /** The text of the key policy, as it was put. */
  readonly policyText: string
  readonly policy: CompiledPolicy
  /** All key materials as they are stored, the oldest first. */
  readonly records: readonly KeyMaterial[]
  /** The key material that encrypts; undefined if its bytes are not here. */
  readonly current: KeyHandle | undefined
  /** The public key of the current key material; undefined for keys that have none. */
  readonly publicKey: PublicKeyHandle | undefined
  /** The key materials that can be used, by their ids. */
  readonly materials: ReadonlyMap<string, KeyHandle>
  /** When the first of its key materials expires, pending ones included; undefined if none expires. */
  readonly changesAt: Millis | undefined
  readonly tags: readonly Tag[]
  /** The names of all aliases that point to it, with their `alias/` prefix. */
  readonly aliasNames: readonly string[]
}

/** Reads a key from the store; returns undefined if it does not exist. */
export async function readResolvedKey(
  reader: Reader,
  scope: Scope,
  keyId: string,
): Promise<ResolvedKey | undefined> {
  const record = await reader.keys.find(scope, keyId)
  if (record === undefined) return undefined
  const customKeyStoreId = keyStoreIdOf(record.key)
  const store =
    customKeyStoreId === undefined ? undefined : await reader.customKeyStores.find(scope, customKeyStoreId)
  const labels = await reader.keys.findLabels(scope, keyId)
  return toResolvedKey(record, labels, {
    state: stateWith(record.key, store?.connectionState),
    cloudHsmClusterId: store?.type === 'AWS_CLOUDHSM' ? store.cluster.cloudHsmClusterId : undefined,
  })
}

function toResolvedKey(
  record: KeyRecord,
  { tags, aliasNames }: KeyLabels,
  place: Pick<ResolvedKey, 'state' | 'cloudHsmClusterId'>,
): ResolvedKey {
  const { key, policy } = record
  const { accountId, region, keyId, keySpec, currentKeyMaterialId, externalKey } = key
  const bindingOf = (keyMaterialId: string): KeyBinding => ({
    accountId,
    region,
    keyId,
    keySpec,
    keyMaterialId,
  })
  const materials = new Map<string, KeyHandle>()
  for (const { keyMaterialId, keyToken, pending } of record.materials) {
    if (keyToken === undefined || pending !== undefined) continue
    materials.set(keyMaterialId, { binding: bindingOf(keyMaterialId), keyToken, externalKey })
  }
  const currentRecord = record.materials.find(({ keyMaterialId }) => keyMaterialId === currentKeyMaterialId)
  const { publicKeyToken } = currentRecord ?? {}
  return {
    key,
    arn: arnOf(key),
    ...place,
    policyText: policy,
    policy: compileStoredKeyPolicy(policy, accountId),
    records: record.materials,
    current: currentKeyMaterialId === undefined ? undefined : materials.get(currentKeyMaterialId),
    publicKey:
      publicKeyToken === undefined || currentKeyMaterialId === undefined
        ? undefined
        : { binding: bindingOf(currentKeyMaterialId), publicKeyToken },
    materials,
    changesAt: firstExpiry(record.materials),
    tags,
    aliasNames,
  }
}

/** Returns the key material that encrypts, for a key whose state says that it has one. Throws if it is missing. */
export function currentOf({ current, arn }: ResolvedKey): KeyHandle {
  if (current === undefined) throw new Error(`the current key material of ${arn} is missing`)
  return current
}

function firstExpiry(materials: readonly KeyMaterial[]): Millis | undefined {
  const times = materials.flatMap(({ keyToken, expiresAt }) =>
    keyToken === undefined || expiresAt === undefined ? [] : [expiresAt],
  )
  return times.length === 0 ? undefined : Math.min(...times)
}

/**
 * Returns the key as it is at a time: expired key material is gone, even if the job that deletes it has not run yet.
 */
export function resolvedAsOf(resolved: ResolvedKey, now: Millis): ResolvedKey {
  const { key, policyText, records, changesAt } = resolved
  if (changesAt === undefined || changesAt > now) return resolved
  const record = asOf({ key, policy: policyText, materials: records }, now)
  // Imported key material alone expires, and a key in a custom key store has none.
  return toResolvedKey(record, resolved, { ...resolved, state: record.key.keyState })
}
