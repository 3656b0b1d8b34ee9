import { createPrivateKey, createPublicKey } from 'node:crypto'
import type { KeyPairSpec } from '../../domain/index.ts'
import { pkcs8ToDer } from '../encoding/ber.ts'
import { der, derTag, readDer, readOnlyDer } from '../encoding/der.ts'
import { KeyMaterialProblem } from '../problems.ts'
import { keyPairSpecs } from './key-pair-specs.ts'

/** [0] and [1] of OneAsymmetricKey: attributes, and the public key as an IMPLICIT BIT STRING (RFC 5958, 2). */
const attributesTag = 0xa0
const publicKeyTag = 0x81

/**
 * Checks a private key from outside, in DER, or in BER too if AWS accepts that, and returns its canonical PKCS#8 in DER.
 * Throws KeyMaterialProblem.
 */
export function checkPrivateKey(keySpec: KeyPairSpec, given: Uint8Array): Buffer {
  let key: Buffer = Buffer.alloc(0)
  try {
    key = keyPairSpecs[keySpec].takesBer ? pkcs8ToDer(given) : Buffer.from(given)
    const publicKey = readPublicKey(key)
    const privateKey = createPrivateKey({ key, type: 'pkcs8', format: 'der' })
    if (publicKey !== undefined && !publicKey.equals(createPublicKey(privateKey)))
      throw new Error('the public key of a different key')
    return keyPairSpecs[keySpec].canonical(privateKey)
  } catch {
    // OpenSSL's message about a key that it cannot read may reveal some of its bytes.
    throw notOfSpec(keySpec)
  } finally {
    key.fill(0)
  }
}

/** The problem of a private key that does not fit its key spec. */
export function notOfSpec(keySpec: KeyPairSpec): KeyMaterialProblem {
  return new KeyMaterialProblem(`The key material is not a private key of ${keySpec} in PKCS#8.`)
}

/** The public key that comes with the private one, if any: OpenSSL ignores it, and all bytes behind the private key. */
function readPublicKey(pkcs8: Buffer) {
  const version = readDer(readOnlyDer(pkcs8, derTag.sequence), derTag.integer)
  const algorithm = readDer(version.rest, derTag.sequence)
  const { rest } = readDer(algorithm.rest, derTag.octetString)
  const behind = rest[0] === attributesTag ? readDer(rest, attributesTag).rest : rest
  if (behind.length === 0) return undefined
  const bits = der.tagged(derTag.bitString, readOnlyDer(behind, publicKeyTag))
  const spki = der.sequence(der.sequence(algorithm.value), bits)
  return createPublicKey({ key: spki, type: 'spki', format: 'der' })
}
