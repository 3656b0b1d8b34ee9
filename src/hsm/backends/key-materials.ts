import type { KeyMaterials } from '../hsm.ts'
import type { DomainKeys } from '../tokens/domain-keys.ts'
import { openPublicKeyToken } from '../tokens/key-tokens.ts'
import type { Backends } from './backends.ts'
import type { Generation } from './capabilities.ts'

/** The life of key material in all backends. A new key has no key token that names a backend, so `generation` makes its material. */
export function keyMaterials(
  domainKeys: DomainKeys,
  backends: Backends,
  generation: Generation,
): KeyMaterials {
  return {
    generateKeyMaterial: (owner, requester) => generation.generateKeyMaterial(owner, requester),
    replicateKeyMaterial: (key, region) =>
      backends.capability('replication', key).replicateKeyMaterial(key, region),
    getPublicKey: key => openPublicKeyToken(domainKeys, key),
    forget: (scope, keyId) => backends.forget(scope, keyId),
  }
}
