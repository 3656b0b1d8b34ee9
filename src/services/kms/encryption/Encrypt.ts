import { andThen, defaulted, required, structure } from '../../../std/index.ts'
import { contextConditions } from '../conditions.ts'
import { operation } from '../operation.ts'
import { cryptographicKey } from '../wire/cryptographic-key.ts'
import { discloseKeyStore } from '../wire/disclose-key-store.ts'
import { discloseMaterial } from '../wire/disclose-material.ts'
import {
  ciphertextType,
  dryRunType,
  encryptionAlgorithmType,
  encryptionContextType,
  grantTokensType,
  keyIdType,
  plaintextType,
} from '../wire/shapes.ts'
import { encryptWith } from './ciphertext.ts'

/** Encrypts a plaintext of up to 4096 bytes with a KMS key. */
export const Encrypt = operation({
  name: 'Encrypt',
  effect: 'read',
  recordsKeyUsage: true,
  input: structure({
    KeyId: required(keyIdType),
    Plaintext: required(plaintextType),
    EncryptionContext: encryptionContextType,
    GrantTokens: grantTokensType,
    EncryptionAlgorithm: defaulted(encryptionAlgorithmType, 'SYMMETRIC_DEFAULT'),
    DryRun: dryRunType,
  }),
  output: structure({
    CiphertextBlob: ciphertextType,
    KeyId: keyIdType,
    EncryptionAlgorithm: encryptionAlgorithmType,
  }),
  isDryRun: ({ DryRun }) => DryRun,
  grantTokens: ({ GrantTokens }) => GrantTokens,
  touches: {
    key: {
      ...cryptographicKey('Encrypt', 'ENCRYPT_DECRYPT'),
      conditions: input => ({
        ...contextConditions(input.EncryptionContext),
        'kms:EncryptionAlgorithm': input.EncryptionAlgorithm,
      }),
    },
  },
  disclose: (_output, { key }) => discloseMaterial(key),
  discloseFound: discloseKeyStore,
  handle({ input, key, hsm }) {
    const { EncryptionAlgorithm, Plaintext } = input
    const answer = (CiphertextBlob: Buffer) => ({ CiphertextBlob, KeyId: key.arn, EncryptionAlgorithm })
    const encrypted = encryptWith(hsm, key, EncryptionAlgorithm, Plaintext, input.EncryptionContext)
    return andThen(encrypted, answer)
  },
})
