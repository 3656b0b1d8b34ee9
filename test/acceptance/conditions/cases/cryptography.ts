import { derOf, newCurvePair } from '../../../fixtures/key-pairs.ts'
import { type ConditionCase, encrypt, encryptWithContext, isAbsent, stringEquals } from './condition-case.ts'

const Message = Buffer.from('x')
const sign = {
  operation: 'Sign',
  on: 'signing',
  input: () => ({ Message, SigningAlgorithm: 'ECDSA_SHA_256' }),
} as const

/** Conditions on the algorithms and the encryption context of cryptographic operations. */
export const cryptographyCases: readonly ConditionCase[] = [
  { ...stringEquals('kms:EncryptionAlgorithm', 'SYMMETRIC_DEFAULT', 'RSAES_OAEP_SHA_1'), ...encrypt },
  {
    ...stringEquals('kms:EncryptionAlgorithm', 'SYMMETRIC_DEFAULT', 'RSAES_OAEP_SHA_1'),
    operation: 'GenerateDataKeyWithoutPlaintext',
    input: () => ({ KeySpec: 'AES_256' }),
  },
  // The name of the context's key is not case-sensitive, the value is.
  { ...stringEquals('kms:EncryptionContext:PURPOSE', 'test', 'Test'), ...encryptWithContext },
  {
    ...stringEquals('kms:EncryptionContext:Purpose', ['other', 'test'], ['other', 'tes']),
    ...encryptWithContext,
  },
  {
    key: 'kms:EncryptionContext:purpose',
    operator: 'StringLike',
    right: 't*',
    wrong: 'T*',
    ...encryptWithContext,
  },
  {
    key: 'kms:EncryptionContextKeys',
    operator: 'ForAllValues:StringEquals',
    right: ['Purpose', 'App', 'More'],
    wrong: ['purpose', 'App'],
    ...encryptWithContext,
  },
  { ...isAbsent('kms:EncryptionContextKeys', false), ...encryptWithContext },
  { ...isAbsent('kms:EncryptionContextKeys', true), ...encrypt },
  {
    ...stringEquals('kms:DataKeyPairSpec', 'ECC_NIST_P256', 'RSA_2048'),
    operation: 'GenerateDataKeyPairWithoutPlaintext',
    input: () => ({ KeyPairSpec: 'ECC_NIST_P256' }),
  },
  { ...stringEquals('kms:SigningAlgorithm', 'ECDSA_SHA_256', 'ECDSA_SHA_384'), ...sign },
  { ...stringEquals('kms:MessageType', 'RAW', 'DIGEST'), ...sign },
  {
    ...stringEquals('kms:MacAlgorithm', 'HMAC_SHA_256', 'HMAC_SHA_512'),
    operation: 'GenerateMac',
    on: 'mac',
    input: () => ({ Message, MacAlgorithm: 'HMAC_SHA_256' }),
  },
  {
    ...stringEquals('kms:KeyAgreementAlgorithm', 'ECDH', 'OTHER'),
    operation: 'DeriveSharedSecret',
    on: 'agreement',
    input: () => ({ KeyAgreementAlgorithm: 'ECDH', PublicKey: derOf(newCurvePair().publicKey) }),
  },
]
