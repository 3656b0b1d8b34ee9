import type { KeySpec } from '@aws-sdk/client-kms'
import type { Algorithm, WrappingSpec } from '../../fixtures/importing.ts'

// The wrappings of imported key material: algorithms, wrapping keys, and the key specs that they fit.

/** The key specs whose key material can be imported. */
export const specs: readonly KeySpec[] = [
  'SYMMETRIC_DEFAULT',
  'HMAC_224',
  'HMAC_256',
  'HMAC_384',
  'HMAC_512',
  'ECC_NIST_P256',
  'ECC_NIST_P384',
  'ECC_NIST_P521',
  'ECC_SECG_P256K1',
  'ECC_NIST_EDWARDS25519',
  'RSA_2048',
  'RSA_3072',
  'RSA_4096',
]
export const algorithms: readonly Algorithm[] = [
  'RSAES_OAEP_SHA_1',
  'RSAES_OAEP_SHA_256',
  'RSA_AES_KEY_WRAP_SHA_1',
  'RSA_AES_KEY_WRAP_SHA_256',
]
export const wrappingSpecs: readonly WrappingSpec[] = ['RSA_2048', 'RSA_3072', 'RSA_4096']

/**
 * Whether a wrapping fits a key spec (developer guide, "Select a wrapping algorithm"; Ed25519 under RSA_2048 as recorded from
 * AWS).
 */
export function canWrap(keySpec: string, algorithm: Algorithm, wrapping: WrappingSpec): boolean {
  if (algorithm.startsWith('RSA_AES')) return keySpec.startsWith('RSA') || keySpec.startsWith('ECC')
  if (keySpec.startsWith('RSA')) return false
  return !(['ECC_NIST_P521', 'ECC_NIST_EDWARDS25519'].includes(keySpec) && wrapping === 'RSA_2048')
}

/** AWS's message about a wrapping that does not fit. */
export const cannotWrap = (keySpec: string, algorithm: string, wrapping: string) =>
  `Wrapping algorithm ${algorithm} and wrapping key spec ${wrapping} cannot be used to import a ${keySpec} key.`

/** Larger wrapping keys are slow, so only some key specs and algorithms are tried with them. */
export function isTried(keySpec: string, algorithm: Algorithm, wrapping: WrappingSpec): boolean {
  if (wrapping === 'RSA_2048') return true
  const tried = ['SYMMETRIC_DEFAULT', 'ECC_NIST_P521', 'ECC_NIST_EDWARDS25519', 'RSA_4096']
  return tried.includes(keySpec) && (wrapping === 'RSA_3072' || algorithm.endsWith('SHA_256'))
}
