import { andThen, required, structure } from '../../../std/index.ts'
import { contextConditions } from '../conditions.ts'
import { encryptNewSecret } from '../encryption/ciphertext.ts'
import { operation } from '../operation.ts'
import { cryptographicKey } from '../wire/cryptographic-key.ts'
import { discloseKeyStore } from '../wire/disclose-key-store.ts'
import { discloseMaterial, shownMaterialId } from '../wire/disclose-material.ts'
import {
  ciphertextType,
  dataKeySpecType,
  dryRunType,
  encryptionContextType,
  grantTokensType,
  keyIdType,
  keyMaterialIdType,
  numberOfBytesType,
} from '../wire/shapes.ts'
import { checkDataKeyUse, checkOneSize, dataKeySizeBytes } from './data-key.ts'

/** Returns a new symmetric data key as GenerateDataKey does, but no plaintext of it. */
export const GenerateDataKeyWithoutPlaintext = operation({
  name: 'GenerateDataKeyWithoutPlaintext',
  effect: 'read',
  recordsKeyUsage: true,
  input: structure({
    KeyId: required(keyIdType),
    EncryptionContext: encryptionContextType,
    KeySpec: dataKeySpecType,
    NumberOfBytes: numberOfBytesType,
    GrantTokens: grantTokensType,
    DryRun: dryRunType,
  }),
  output: structure({ CiphertextBlob: ciphertextType, KeyId: keyIdType, KeyMaterialId: keyMaterialIdType }),
  isDryRun: ({ DryRun }) => DryRun,
  grantTokens: ({ GrantTokens }) => GrantTokens,
  touches: {
    key: {
      ...cryptographicKey('GenerateDataKeyWithoutPlaintext', 'ENCRYPT_DECRYPT'),
      fits: (_key, input) => checkOneSize(input),
      conditions: input => ({
        ...contextConditions(input.EncryptionContext),
        'kms:EncryptionAlgorithm': 'SYMMETRIC_DEFAULT',
      }),
    },
  },
  disclose: (_output, { key }) => discloseMaterial(key),
  discloseFound: discloseKeyStore,
  handle({ input, key, hsm }) {
    checkDataKeyUse(key.key, 'data key')
    const dataKey = hsm.generateRandom(dataKeySizeBytes(input))
    return andThen(encryptNewSecret(hsm, key, dataKey, input.EncryptionContext), CiphertextBlob => {
      dataKey.fill(0)
      return { CiphertextBlob, KeyId: key.arn, KeyMaterialId: shownMaterialId(key) }
    })
  },
})
