import { createPrivateKey, createPublicKey } from 'node:crypto'
import type { KeyPairSpec } from '../../domain/index.ts'
import { pkcs8ToDer } from '../encoding/ber.ts'
import { derTag, encodeDer, readDer, readOnlyDer } from '../encoding/der.ts'
import { KeyMaterialProblem } from '../hsm.ts'
import { keyPairSpecs } from './key-pair-specs.ts'

/** [0] and [1] of OneAsymmetricKey: attributes, and the public key as an IMPLICIT BIT STRING (RFC 5958, 2). */
const attributesTag = 0xa0
const publicKeyTag = 0x81

/**
 * The canonical PKCS#8, in DER, of a private key from outside: in DER, or in BER too where AWS takes that. Throws
 * KeyMaterialProblem.
 */
export function checkPrivateKey(keySpec: KeyPairSpec, given: Uint8Array): Buffer {
  let key: Buffer = Buffer.alloc(0)
  try {
    key = keyPairSpecs[keySpec].takesBer ? pkcs8ToDer(given) : Buffer.from(given)
    const publicKey = readPublicKey(key)
    const privateKey = createPrivateKey({ key, type: 'pkcs8', format: 'der' })
    if (publicKey !== undefined && !publicKey.equals(createPublicKey(privateKey)))
      throw new Error('the public key of another key')
    return keyPairSpecs[keySpec].canonical(privateKey)
  } catch {
    // What OpenSSL says of a key it cannot read may tell of its bytes.
    throw notOfSpec(keySpec)
  } finally {
    key.fill(0)
  }
}

export function notOfSpec(keySpec: KeyPairSpec): KeyMaterialProblem {
  return new KeyMaterialProblem(`The key material is not a private key of ${keySpec} in PKCS#8.`)
}

/** The public key that comes with the private one, where one does: OpenSSL ignores it, and what follows the key. */
function readPublicKey(pkcs8: Buffer) {
  const version = readDer(readOnlyDer(pkcs8, derTag.sequence), derTag.integer)
  const algorithm = readDer(version.rest, derTag.sequence)
  const { rest } = readDer(algorithm.rest, derTag.octetString)
  const behind = rest[0] === attributesTag ? readDer(rest, attributesTag).rest : rest
  if (behind.length === 0) return undefined
  const bits = encodeDer(derTag.bitString, readOnlyDer(behind, publicKeyTag))
  const spki = encodeDer(derTag.sequence, encodeDer(derTag.sequence, algorithm.value), bits)
  return createPublicKey({ key: spki, type: 'spki', format: 'der' })
}
