import type { KeySpec } from './key-spec.ts'

/** The algorithms that wrap key material for its import (API reference, "GetParametersForImport"). */
export const wrappingAlgorithms = [
  'RSAES_PKCS1_V1_5',
  'RSAES_OAEP_SHA_1',
  'RSAES_OAEP_SHA_256',
  'RSA_AES_KEY_WRAP_SHA_1',
  'RSA_AES_KEY_WRAP_SHA_256',
  'SM2PKE',
] as const
/** An algorithm that wraps key material for its import. */
export type WrappingAlgorithm = (typeof wrappingAlgorithms)[number]

/** The key specs of the public keys that wrap key material (API reference, "GetParametersForImport"). */
export const wrappingKeySpecs = ['RSA_2048', 'RSA_3072', 'RSA_4096', 'SM2'] as const
/** The key spec of a public key that wraps key material. */
export type WrappingKeySpec = (typeof wrappingKeySpecs)[number]

type Wrapping = readonly WrappingAlgorithm[]
const direct: Wrapping = ['RSAES_OAEP_SHA_1', 'RSAES_OAEP_SHA_256']
const throughAes: Wrapping = ['RSA_AES_KEY_WRAP_SHA_1', 'RSA_AES_KEY_WRAP_SHA_256']
const curve: Wrapping = [...direct, ...throughAes, 'SM2PKE']
const rsa: Wrapping = [...throughAes, 'SM2PKE']

/**
 * The algorithms that can wrap key material of each key spec (AWS KMS developer guide, "Select a wrapping algorithm").
 * RSAES_PKCS1_V1_5 is in no row: AWS has refused it since October 2023. Key material of a spec without a row cannot be imported.
 */
const wrappingsOf: Readonly<Partial<Record<KeySpec, Wrapping>>> = {
  SYMMETRIC_DEFAULT: direct,
  HMAC_224: direct,
  HMAC_256: direct,
  HMAC_384: direct,
  HMAC_512: direct,
  RSA_2048: rsa,
  RSA_3072: rsa,
  RSA_4096: rsa,
  ECC_NIST_P256: curve,
  ECC_NIST_P384: curve,
  ECC_NIST_P521: curve,
  ECC_SECG_P256K1: curve,
  ECC_NIST_EDWARDS25519: curve,
  SM2: [...direct, 'SM2PKE'],
}

/** RSA_2048 cannot wrap these directly: P-521 according to the same page, Ed25519 as recorded from AWS. */
const tooLargeForRsa2048: readonly KeySpec[] = ['ECC_NIST_P521', 'ECC_NIST_EDWARDS25519']

/** The properties of the key's region. */
interface Place {
  /** AWS has no RSA_AES_KEY_WRAP in China (AWS KMS developer guide, "Encrypt the key material"). */
  readonly isChina: boolean
  readonly offersSm2: boolean
}

/** Whether key material of a key spec can be wrapped in this way. */
export function canWrap(
  keySpec: KeySpec,
  algorithm: WrappingAlgorithm,
  wrappingKeySpec: WrappingKeySpec,
  { isChina, offersSm2 }: Place,
): boolean {
  if (!wrappingsOf[keySpec]?.includes(algorithm)) return false
  if ((algorithm === 'SM2PKE') !== (wrappingKeySpec === 'SM2')) return false
  if (algorithm === 'SM2PKE') return offersSm2
  if (throughAes.includes(algorithm)) return !isChina
  return !(wrappingKeySpec === 'RSA_2048' && tooLargeForRsa2048.includes(keySpec))
}
