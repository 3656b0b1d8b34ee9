import { refuseKeyInStore } from '../../../domain/index.ts'
import { currentOf } from '../../../keys/index.ts'
import { required, structure } from '../../../std/index.ts'
import { contextConditions } from '../conditions.ts'
import { operation } from '../operation.ts'
import { cryptographicKey } from '../wire/cryptographic-key.ts'
import { discloseMaterial } from '../wire/disclose-material.ts'
import {
  ciphertextType,
  dataKeyPairSpecType,
  dryRunType,
  encryptionContextType,
  grantTokensType,
  keyIdType,
  keyMaterialIdType,
  publicKeyType,
} from '../wire/shapes.ts'
import { generateDataKeyPair } from './data-key-pair.ts'

/** Returns a new data key pair as GenerateDataKeyPair does, but no plaintext of the private key. */
export const GenerateDataKeyPairWithoutPlaintext = operation({
  name: 'GenerateDataKeyPairWithoutPlaintext',
  effect: 'read',
  recordsKeyUsage: true,
  input: structure({
    EncryptionContext: encryptionContextType,
    KeyId: required(keyIdType),
    KeyPairSpec: required(dataKeyPairSpecType),
    GrantTokens: grantTokensType,
    DryRun: dryRunType,
  }),
  output: structure({
    PrivateKeyCiphertextBlob: ciphertextType,
    PublicKey: publicKeyType,
    KeyId: keyIdType,
    KeyPairSpec: dataKeyPairSpecType,
    KeyMaterialId: keyMaterialIdType,
  }),
  isDryRun: ({ DryRun }) => DryRun,
  grantTokens: ({ GrantTokens }) => GrantTokens,
  touches: {
    key: {
      ...cryptographicKey('GenerateDataKeyPairWithoutPlaintext', 'ENCRYPT_DECRYPT'),
      fits: refuseKeyInStore,
      conditions: input => ({
        ...contextConditions(input.EncryptionContext),
        'kms:EncryptionAlgorithm': 'SYMMETRIC_DEFAULT',
        'kms:DataKeyPairSpec': input.KeyPairSpec,
      }),
    },
  },
  disclose: (_output, { key }) => discloseMaterial(key),
  async handle({ input, key, hsm, deployment }) {
    const pair = await generateDataKeyPair(input, key, hsm, deployment)
    pair.privateKey.fill(0)
    return {
      PrivateKeyCiphertextBlob: pair.encryptedPrivateKey,
      PublicKey: pair.publicKey,
      KeyId: key.arn,
      KeyPairSpec: input.KeyPairSpec,
      KeyMaterialId: currentOf(key).binding.keyMaterialId,
    }
  },
})
