import { isKeyPairSpec } from '../../domain/index.ts'
import { randomSecret } from '../../std/index.ts'
import type { Generation } from '../backends/capabilities.ts'
import type { DomainKeys } from '../tokens/domain-keys.ts'
import { wrapKeyMaterial } from '../tokens/key-tokens.ts'
import { secretSizeBytesOf } from './given-secret.ts'
import { keyPairSpecs } from './key-pair-specs.ts'
import type { Lanes } from './lanes.ts'

/** Makes key material: random bytes for a secret, a key pair of the spec for the others. */
export function generation(domainKeys: DomainKeys, lanes: Lanes): Generation {
  return {
    async generateKeyMaterial(owner, requester) {
      const { keySpec } = owner
      if (!isKeyPairSpec(keySpec))
        return wrapKeyMaterial(domainKeys, owner, randomSecret(secretSizeBytesOf(keySpec)))
      const { privateKey, publicKey } = await keyPairSpecs[keySpec].generate(lanes.for(requester))
      return wrapKeyMaterial(domainKeys, owner, privateKey, publicKey)
    },
  }
}
