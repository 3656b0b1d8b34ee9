import { type CompiledPolicy, compilePolicy } from '../access/index.ts'
import { arnOf, type KeyRecord, type KmsKey } from '../domain/index.ts'
import type { KeyHandle } from '../hsm/index.ts'

/** A key with everything a request needs of it, made once and kept: nothing here changes. */
export interface ResolvedKey {
  readonly key: KmsKey
  readonly arn: string
  /** The policy as it was put. */
  readonly policyText: string
  readonly policy: CompiledPolicy
  /** The key material that encrypts. */
  readonly current: KeyHandle
  /** All key materials, by their ids. */
  readonly materials: ReadonlyMap<string, KeyHandle>
}

export function toResolvedKey(record: KeyRecord): ResolvedKey {
  const { key, policy } = record
  const { accountId, region, keyId, keySpec, currentKeyMaterialId } = key
  const materials = new Map(
    record.materials.map(({ keyMaterialId, keyToken }) => [
      keyMaterialId,
      { binding: { accountId, region, keyId, keySpec, keyMaterialId }, keyToken },
    ]),
  )
  const current = materials.get(currentKeyMaterialId)
  if (current === undefined) throw new Error(`the current key material of key ${keyId} is missing`)
  const compiled = compilePolicy(policy, 'key', 'key policy')
  return { key, arn: arnOf(key), policyText: policy, policy: compiled, current, materials }
}
