import { refuseKeyInStore } from '../../../domain/index.ts'
import { currentOf } from '../../../keys/index.ts'
import { required, structure } from '../../../std/index.ts'
import { contextConditions } from '../conditions.ts'
import { operation } from '../operation.ts'
import { cryptographicKey } from '../wire/cryptographic-key.ts'
import { discloseMaterial } from '../wire/disclose-material.ts'
import { answerSecret, attestationOf } from '../wire/recipient.ts'
import {
  ciphertextType,
  dataKeyPairSpecType,
  dryRunType,
  encryptionContextType,
  grantTokensType,
  keyIdType,
  keyMaterialIdType,
  plaintextType,
  publicKeyType,
  recipientType,
} from '../wire/shapes.ts'
import { generateDataKeyPair } from './data-key-pair.ts'

/**
 * Returns a new data key pair: both keys in plaintext, and a copy of the private key that is encrypted under a
 * symmetric KMS key.
 */
export const GenerateDataKeyPair = operation({
  name: 'GenerateDataKeyPair',
  effect: 'read',
  recordsKeyUsage: true,
  input: structure({
    EncryptionContext: encryptionContextType,
    KeyId: required(keyIdType),
    KeyPairSpec: required(dataKeyPairSpecType),
    GrantTokens: grantTokensType,
    Recipient: recipientType,
    DryRun: dryRunType,
  }),
  output: structure({
    PrivateKeyCiphertextBlob: ciphertextType,
    PrivateKeyPlaintext: plaintextType,
    PublicKey: publicKeyType,
    KeyId: keyIdType,
    KeyPairSpec: dataKeyPairSpecType,
    CiphertextForRecipient: ciphertextType,
    KeyMaterialId: keyMaterialIdType,
  }),
  isDryRun: ({ DryRun }) => DryRun,
  grantTokens: ({ GrantTokens }) => GrantTokens,
  attestation: attestationOf,
  touches: {
    key: {
      ...cryptographicKey('GenerateDataKeyPair', 'ENCRYPT_DECRYPT'),
      fits: refuseKeyInStore,
      conditions: input => ({
        ...contextConditions(input.EncryptionContext),
        'kms:EncryptionAlgorithm': 'SYMMETRIC_DEFAULT',
        'kms:DataKeyPairSpec': input.KeyPairSpec,
      }),
    },
  },
  disclose: (_output, { key }) => discloseMaterial(key),
  async handle({ input, key, hsm, deployment, recipient }) {
    const pair = await generateDataKeyPair(input, key, hsm, deployment)
    const { clear, sealed } = answerSecret(pair.privateKey, recipient)
    return {
      PrivateKeyCiphertextBlob: pair.encryptedPrivateKey,
      PrivateKeyPlaintext: clear,
      PublicKey: pair.publicKey,
      KeyId: key.arn,
      KeyPairSpec: input.KeyPairSpec,
      CiphertextForRecipient: sealed,
      KeyMaterialId: sealed === undefined ? currentOf(key).binding.keyMaterialId : undefined,
    }
  },
})
