import { operation } from '../../pipeline/index.ts'
import { required, structure } from '../../std/index.ts'
import { dataKeySizeBytes } from './data-key.ts'
import { refuseUnbuilt } from './not-built.ts'
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
} from './shapes.ts'
import { encryptSymmetric } from './symmetric-ciphertext.ts'

export const GenerateDataKey = operation({
  name: 'GenerateDataKey',
  effect: 'read',
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
    KeyMaterialId: keyMaterialIdType,
  }),
  keys: {
    key: { from: input => input.KeyId, forms: 'key-or-alias', crossAccount: true, usage: 'ENCRYPT_DECRYPT' },
  },
  disclose: ({ KeyMaterialId = '' }) => ({ additionalEventData: { keyMaterialId: KeyMaterialId } }),
  handle({ input, key, hsm }) {
    refuseUnbuilt('Recipient', input.Recipient !== undefined)
    const plaintext = hsm.generateRandom(dataKeySizeBytes(input.KeySpec, input.NumberOfBytes))
    return {
      CiphertextBlob: encryptSymmetric(hsm, key, plaintext, input.EncryptionContext),
      Plaintext: plaintext,
      KeyId: key.arn,
      KeyMaterialId: key.current.binding.keyMaterialId,
    }
  },
})
