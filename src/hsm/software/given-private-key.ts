import { createPrivateKey, createPublicKey, type KeyObject } from 'node:crypto'
import type { KeyPairSpec } from '../../domain/index.ts'
import { der, derTag, readDer, readOnlyDer } from '../../std/index.ts'
import { pkcs8ToDer } from '../encoding/ber.ts'
import { KeyMaterialProblem } from '../problems.ts'
import { type EcKeySpec, ecCurves, pointBitsOf, pointOf } from './ec-curves.ts'
import { keyPairSpecs } from './key-pair-specs.ts'

/** [0] and [1] of OneAsymmetricKey: attributes, and the public key as an IMPLICIT BIT STRING (RFC 5958, 2). */
const attributesTag = 0xa0
const publicKeyTag = 0x81

/** The parts of a private key in PKCS#8 (RFC 5958, 2). */
interface PrivateKeyInfo {
  /** The AlgorithmIdentifier, in DER. */
  readonly algorithm: Buffer
  /** The content of the octet string. */
  readonly privateKey: Buffer
  /** The content of the bit string that comes with the private key, if any. */
  readonly publicKey: Buffer | undefined
}

/**
 * Checks a private key from outside, in DER, or in BER too if AWS accepts that, and returns its canonical PKCS#8 in DER.
 * Throws KeyMaterialProblem.
 */
export function checkPrivateKey(keySpec: KeyPairSpec, given: Uint8Array): Buffer {
  let key: Buffer = Buffer.alloc(0)
  let canonical: Buffer | undefined
  try {
    key = keyPairSpecs[keySpec].takesBer ? pkcs8ToDer(given) : Buffer.from(given)
    const info = readInfo(key)
    const privateKey = createPrivateKey({ key, type: 'pkcs8', format: 'der' })
    checkPublicKey(keySpec, info, privateKey)
    canonical = keyPairSpecs[keySpec].canonical(privateKey)
    checkForm(keySpec, info, readInfo(canonical))
    return canonical
  } catch {
    canonical?.fill(0)
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

/** Throws DerProblem, also for bytes behind the last part, which OpenSSL ignores. */
function readInfo(pkcs8: Buffer): PrivateKeyInfo {
  const version = readDer(readOnlyDer(pkcs8, derTag.sequence), derTag.integer)
  const algorithm = readDer(version.rest, derTag.sequence)
  const { value, rest } = readDer(algorithm.rest, derTag.octetString)
  const behind = rest[0] === attributesTag ? readDer(rest, attributesTag).rest : rest
  return {
    algorithm: der.sequence(algorithm.value),
    privateKey: value,
    publicKey: behind.length === 0 ? undefined : readOnlyDer(behind, publicKeyTag),
  }
}

/** Throws Error if a public key came with the private one and is not its own: OpenSSL ignores it. */
function checkPublicKey(keySpec: KeyPairSpec, info: PrivateKeyInfo, privateKey: KeyObject): void {
  if (info.publicKey === undefined) return
  const spki = der.sequence(info.algorithm, der.tagged(derTag.bitString, info.publicKey))
  const publicKey = createPublicKey({ key: spki, type: 'spki', format: 'der' })
  if (!publicKey.equals(createPublicKey(privateKey))) throw new Error('the public key of a different key')
  checkWhole(info.publicKey)
  if (keySpec in ecCurves) pointOf(publicKey, ecCurves[keySpec as EcKeySpec])
}

/**
 * Throws Error if the private key has a form that OpenSSL reads and its standard does not allow. The algorithm has the
 * parameters of the canonical one (NULL for RSA: RFC 8017, A.1). The octet string holds one element alone, which begins with
 * the version of the canonical one, if that has a version: 1 in an ECPrivateKey (RFC 5915, 3), 0 in an RSAPrivateKey of two
 * primes (RFC 8017, A.1.2).
 */
function checkForm(keySpec: KeyPairSpec, given: PrivateKeyInfo, canonical: PrivateKeyInfo): void {
  if (!given.algorithm.equals(canonical.algorithm)) throw new Error('an algorithm with different parameters')
  if (!versionOf(given.privateKey).equals(versionOf(canonical.privateKey)))
    throw new Error('a different version')
  const point = keySpec in ecCurves ? pointBitsOf(given.privateKey) : undefined
  if (point !== undefined) checkWhole(point)
}

/** The content of the version; empty for a private key that has none. Throws DerProblem for anything but one element. */
function versionOf(privateKey: Buffer): Buffer {
  const contents = readOnlyDer(privateKey, privateKey[0] ?? 0)
  const isVersioned = privateKey[0] === derTag.sequence && contents[0] === derTag.integer
  return isVersioned ? readDer(contents, derTag.integer).value : Buffer.alloc(0)
}

/** Throws Error if a BIT STRING is not of whole octets, as public keys are: OpenSSL ignores the number of unused bits. */
function checkWhole(bits: Buffer): void {
  if (bits[0] !== 0) throw new Error('a public key of odd bits')
}
