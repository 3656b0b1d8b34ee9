import { isKeyPairSpec } from '../../domain/index.ts'
import type { Replication } from '../backends/capabilities.ts'
import type { DomainKeys } from '../tokens/domain-keys.ts'
import { openKeyToken, wrapKeyMaterial } from '../tokens/key-tokens.ts'
import { openKeyPair, publicKeyDer } from './key-pair-specs.ts'

/** Opens key material and wraps it under the domain key of a different region. */
export function replication(domainKeys: DomainKeys): Replication {
  return {
    replicateKeyMaterial(key, region) {
      const { binding } = key
      const material = openKeyToken(domainKeys, key)
      const publicKey = isKeyPairSpec(binding.keySpec) ? publicKeyDer(openKeyPair(material)) : undefined
      return wrapKeyMaterial(domainKeys, { ...binding, region }, material, publicKey)
    },
  }
}
