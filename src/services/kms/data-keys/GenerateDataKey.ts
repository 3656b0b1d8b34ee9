import { andThen, required, structure } from '../../../std/index.ts'
import { contextConditions } from '../conditions.ts'
import { encryptNewSecret } from '../encryption/ciphertext.ts'
import { operation } from '../operation.ts'
import { cryptographicKey } from '../wire/cryptographic-key.ts'
import { discloseKeyStore } from '../wire/disclose-key-store.ts'
import { discloseMaterial, shownMaterialId } from '../wire/disclose-material.ts'
import { answerSecret, attestationOf } from '../wire/recipient.ts'
import {
  ciphertextType,
  dataKeySpecType,
  dryRunType,
  encryptionContextType,
  grantTokensType,
  keyIdType,
  keyMaterialIdType,
  numberOfBytesType,
  plaintextType,
  recipientType,
} from '../wire/shapes.ts'
import { checkDataKeyUse, checkOneSize, dataKeySizeBytes } from './data-key.ts'

/** Returns a new symmetric data key: its plaintext, and a copy that is encrypted under a symmetric KMS key. */
export const GenerateDataKey = operation({
  name: 'GenerateDataKey',
  effect: 'read',
  recordsKeyUsage: true,
  input: structure({
    KeyId: required(keyIdType),
    EncryptionContext: encryptionContextType,
    NumberOfBytes: numberOfBytesType,
    KeySpec: dataKeySpecType,
    GrantTokens: grantTokensType,
    Recipient: recipientType,
    DryRun: dryRunType,
  }),
  output: structure({
    CiphertextBlob: ciphertextType,
    Plaintext: plaintextType,
    KeyId: keyIdType,
    CiphertextForRecipient: ciphertextType,
    KeyMaterialId: keyMaterialIdType,
  }),
  isDryRun: ({ DryRun }) => DryRun,
  grantTokens: ({ GrantTokens }) => GrantTokens,
  attestation: attestationOf,
  touches: {
    key: {
      ...cryptographicKey('GenerateDataKey', 'ENCRYPT_DECRYPT'),
      fits: (_key, input) => checkOneSize(input),
      conditions: input => ({
        ...contextConditions(input.EncryptionContext),
        'kms:EncryptionAlgorithm': 'SYMMETRIC_DEFAULT',
      }),
    },
  },
  disclose: (_output, { key }) => discloseMaterial(key),
  discloseFound: discloseKeyStore,
  handle({ input, key, hsm, recipient }) {
    checkDataKeyUse(key.key, 'data key')
    const dataKey = hsm.generateRandom(dataKeySizeBytes(input))
    return andThen(encryptNewSecret(hsm, key, dataKey, input.EncryptionContext), CiphertextBlob => {
      const { clear, sealed } = answerSecret(dataKey, recipient)
      return {
        CiphertextBlob,
        Plaintext: clear,
        KeyId: key.arn,
        CiphertextForRecipient: sealed,
        KeyMaterialId: sealed === undefined ? shownMaterialId(key) : undefined,
      }
    })
  },
})
