import type { KeySpec } from './key-spec.ts'

/** How key material to import is wrapped (API reference, "GetParametersForImport"). */
export const wrappingAlgorithms = [
  'RSAES_PKCS1_V1_5',
  'RSAES_OAEP_SHA_1',
  'RSAES_OAEP_SHA_256',
  'RSA_AES_KEY_WRAP_SHA_1',
  'RSA_AES_KEY_WRAP_SHA_256',
  'SM2PKE',
] as const
export type WrappingAlgorithm = (typeof wrappingAlgorithms)[number]

export const wrappingKeySpecs = ['RSA_2048', 'RSA_3072', 'RSA_4096', 'SM2'] as const
export type WrappingKeySpec = (typeof wrappingKeySpecs)[number]

const rsaKeys = ['RSA_2048', 'RSA_3072', 'RSA_4096']

/**
 * Whether material of a key spec can come wrapped this way (AWS KMS developer guide, "Select a wrapping algorithm";
 * AWS KMS developer guide, "Importing key material"). RSA private keys are longer than any RSA block; the other materials fit
 * one, but for a P-521 key
 * in RSA_2048. AWS has refused RSAES_PKCS1_V1_5 since October 2023.
 */
export function canWrap(
  keySpec: KeySpec,
  algorithm: WrappingAlgorithm,
  wrappingKeySpec: WrappingKeySpec,
): boolean {
  if (algorithm === 'RSAES_PKCS1_V1_5') return false
  if ((algorithm === 'SM2PKE') !== (wrappingKeySpec === 'SM2')) return false
  if (algorithm.startsWith('RSA_AES_')) return true
  if (rsaKeys.includes(keySpec)) return false
  return !(keySpec === 'ECC_NIST_P521' && wrappingKeySpec === 'RSA_2048')
}
