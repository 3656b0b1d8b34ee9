import { isKeyPairSpec } from '../../domain/index.ts'
import { splitDer } from '../../std/index.ts'
import type { KeyImports } from '../hsm.ts'
import type { KeyOwner, WrappedKeyMaterial } from '../key-handle.ts'
import type { DomainKeys } from '../tokens/domain-keys.ts'
import { openImportToken, sealImportToken } from '../tokens/import-token.ts'
import { wrapKeyMaterial } from '../tokens/key-tokens.ts'
import { checkPrivateKey, notOfSpec } from './given-private-key.ts'
import { checkSecret } from './given-secret.ts'
import { keyPairSpecs, openKeyPair, publicKeyDer } from './key-pair-specs.ts'
import type { Lanes } from './lanes.ts'
import { unwrappings } from './unwrapping.ts'

/** Imports key material into the software backend: AWS's custom key stores do not import. */
export function keyImports(domainKeys: DomainKeys, lanes: Lanes): KeyImports {
  /** Wraps a private key in its canonical PKCS#8, and wipes it. */
  const wrapKeyPair = (owner: KeyOwner, privateKey: Buffer): WrappedKeyMaterial =>
    wrapKeyMaterial(domainKeys, owner, privateKey, publicKeyDer(openKeyPair(privateKey)))

  return {
    importKeyMaterial(owner, material) {
      const { keySpec } = owner
      try {
        if (!isKeyPairSpec(keySpec)) return wrapKeyMaterial(domainKeys, owner, checkSecret(keySpec, material))
        return wrapKeyPair(owner, checkPrivateKey(keySpec, material))
      } finally {
        material.fill(0)
      }
    },

    async generateWrappingKey(claims, requester) {
      const lane = lanes.for(requester)
      const { privateKey, publicKey } = await keyPairSpecs[claims.wrappingKeySpec].generate(lane)
      const importToken = sealImportToken(domainKeys, claims, privateKey)
      privateKey.fill(0)
      return { publicKey, importToken }
    },

    readImportToken: importToken => openImportToken(domainKeys, importToken, claims => claims),

    async importWrappedKeyMaterial(owner, importToken, wrapped, requester) {
      const lane = lanes.for(requester)
      const { claims, wrappingKey } = openImportToken(domainKeys, importToken, (claims, pkcs8) => ({
        claims,
        wrappingKey: openKeyPair(pkcs8).privateKey,
      }))
      const material = await unwrappings[claims.wrappingAlgorithm](wrappingKey, wrapped, lane)
      try {
        const { keySpec } = owner
        if (!isKeyPairSpec(keySpec)) return wrapKeyMaterial(domainKeys, owner, checkSecret(keySpec, material))
        // A test of RSA_4096's primes takes a fifth of a second, and in the other lane would hold up signatures.
        const spec = Buffer.from(keySpec)
        const keyPair = await lane.make('checkPrivateKey', undefined, spec, material)
        if (keyPair === undefined) throw notOfSpec(keySpec)
        const { whole: privateKey, rest: publicKey } = splitDer(keyPair)
        return wrapKeyMaterial(domainKeys, owner, privateKey, publicKey)
      } finally {
        material.fill(0)
      }
    },
  }
}
