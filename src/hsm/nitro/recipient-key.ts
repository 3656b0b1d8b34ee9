import { constants, createPublicKey, type KeyObject, publicEncrypt } from 'node:crypto'
import { attempt, demand } from './attestation-problem.ts'

const rsaBitsMin = 2048
/** The bounds of RFC 8017, 3.1, and of OpenSSL for every size of modulus. */
const exponentMin = 3n
const exponentMax = (1n << 64n) - 1n

/**
 * Reads the RSA public key of an attestation document and checks that it can encrypt. The requester of the document chooses
 * the key, and OpenSSL reads many keys that it cannot use, or that hide nothing. Throws AttestationProblem.
 */
export function readRecipientKey(der: Uint8Array | undefined): KeyObject {
  demand(der !== undefined, 'no public_key')
  const key = attempt('the public_key cannot be read', () =>
    createPublicKey({ key: Buffer.from(der), format: 'der', type: 'spki' }),
  )
  demand(key.asymmetricKeyType === 'rsa', 'the public_key is not an RSA key')
  // OpenSSL ignores bytes behind the key.
  demand(key.export({ format: 'der', type: 'spki' }).equals(der), 'the public_key is not DER alone')
  checkNumbers(key)
  attempt('nothing can be encrypted to the public_key', () =>
    publicEncrypt({ key, padding: constants.RSA_PKCS1_OAEP_PADDING, oaepHash: 'sha256' }, Buffer.alloc(32)),
  )
  return key
}

function checkNumbers(key: KeyObject): void {
  const { modulusLength = 0, publicExponent = 0n } = key.asymmetricKeyDetails ?? {}
  demand(modulusLength >= rsaBitsMin, 'the public_key is too short')
  const modulus = Buffer.from(key.export({ format: 'jwk' }).n ?? '', 'base64url')
  demand(((modulus.at(-1) ?? 0) & 1) === 1, 'the public_key has an even modulus')
  const isOdd = publicExponent % 2n === 1n
  demand(
    isOdd && publicExponent >= exponentMin && publicExponent <= exponentMax,
    'the public_key has a different exponent',
  )
}
