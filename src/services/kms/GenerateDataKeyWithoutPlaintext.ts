import { operation } from '../../pipeline/index.ts'
import { required, structure } from '../../std/index.ts'
import { dataKeySizeBytes } from './data-key.ts'
import {
  ciphertextType,
  dataKeySpecType,
  dryRunType,
  encryptionContextType,
  grantTokensType,
  keyIdType,
  keyMaterialIdType,
  numberOfBytesType,
} from './shapes.ts'
import { encryptSymmetric } from './symmetric-ciphertext.ts'

export const GenerateDataKeyWithoutPlaintext = operation({
  name: 'GenerateDataKeyWithoutPlaintext',
  effect: 'read',
  input: structure({
    KeyId: required(keyIdType),
    EncryptionContext: encryptionContextType,
    KeySpec: dataKeySpecType,
    NumberOfBytes: numberOfBytesType,
    GrantTokens: grantTokensType,
    DryRun: dryRunType,
  }),
  output: structure({ CiphertextBlob: ciphertextType, KeyId: keyIdType, KeyMaterialId: keyMaterialIdType }),
  keys: {
    key: { from: input => input.KeyId, forms: 'key-or-alias', crossAccount: true, usage: 'ENCRYPT_DECRYPT' },
  },
  disclose: ({ KeyMaterialId = '' }) => ({ additionalEventData: { keyMaterialId: KeyMaterialId } }),
  handle({ input, key, hsm }) {
    const plaintext = hsm.generateRandom(dataKeySizeBytes(input.KeySpec, input.NumberOfBytes))
    const CiphertextBlob = encryptSymmetric(hsm, key, plaintext, input.EncryptionContext)
    plaintext.fill(0)
    return { CiphertextBlob, KeyId: key.arn, KeyMaterialId: key.current.binding.keyMaterialId }
  },
})
