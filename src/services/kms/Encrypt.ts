import { checkAlgorithm, factsOf } from '../../domain/index.ts'
import { operation } from '../../pipeline/index.ts'
import { defaulted, required, structure } from '../../std/index.ts'
import {
  ciphertextType,
  dryRunType,
  encryptionAlgorithmType,
  encryptionContextType,
  grantTokensType,
  keyIdType,
  plaintextType,
} from './shapes.ts'
import { encryptSymmetric } from './symmetric-ciphertext.ts'

export const Encrypt = operation({
  name: 'Encrypt',
  effect: 'read',
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
  keys: {
    key: { from: input => input.KeyId, forms: 'key-or-alias', crossAccount: true, usage: 'ENCRYPT_DECRYPT' },
  },
  disclose: (_output, { key }) => ({
    additionalEventData: { keyMaterialId: key.current.binding.keyMaterialId },
  }),
  handle({ input, key, hsm }) {
    const { EncryptionAlgorithm } = input
    checkAlgorithm(key.key, EncryptionAlgorithm, factsOf(key.key.keySpec).encryptionAlgorithms)
    const CiphertextBlob = encryptSymmetric(hsm, key, input.Plaintext, input.EncryptionContext)
    input.Plaintext.fill(0)
    return { CiphertextBlob, KeyId: key.arn, EncryptionAlgorithm }
  },
})
