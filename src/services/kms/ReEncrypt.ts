import { checkAlgorithm, factsOf } from '../../domain/index.ts'
import { operation, type ResolvedKey } from '../../pipeline/index.ts'
import { defaulted, required, structure } from '../../std/index.ts'
import { ignoresCiphertext, requireCiphertext } from './Decrypt.ts'
import {
  ciphertextType,
  dryRunModifiersType,
  dryRunType,
  encryptionAlgorithmType,
  encryptionContextType,
  grantTokensType,
  keyIdType,
  keyMaterialIdType,
} from './shapes.ts'
import { decryptSymmetric, encryptSymmetric } from './symmetric-ciphertext.ts'

export const ReEncrypt = operation({
  name: 'ReEncrypt',
  effect: 'read',
  input: structure({
    CiphertextBlob: ciphertextType,
    SourceEncryptionContext: encryptionContextType,
    SourceKeyId: keyIdType,
    DestinationKeyId: required(keyIdType),
    DestinationEncryptionContext: encryptionContextType,
    SourceEncryptionAlgorithm: defaulted(encryptionAlgorithmType, 'SYMMETRIC_DEFAULT'),
    DestinationEncryptionAlgorithm: defaulted(encryptionAlgorithmType, 'SYMMETRIC_DEFAULT'),
    GrantTokens: grantTokensType,
    DryRun: dryRunType,
    DryRunModifiers: dryRunModifiersType,
  }),
  output: structure({
    CiphertextBlob: ciphertextType,
    SourceKeyId: keyIdType,
    KeyId: keyIdType,
    SourceEncryptionAlgorithm: encryptionAlgorithmType,
    DestinationEncryptionAlgorithm: encryptionAlgorithmType,
    SourceKeyMaterialId: keyMaterialIdType,
    DestinationKeyMaterialId: keyMaterialIdType,
  }),
  keys: {
    source: {
      from: input => input.SourceKeyId,
      orCiphertext: input => requireCiphertext(input.CiphertextBlob),
      forms: 'key-or-alias',
      action: 'kms:ReEncryptFrom',
      crossAccount: true,
      usage: 'ENCRYPT_DECRYPT',
    },
    destination: {
      from: input => input.DestinationKeyId,
      forms: 'key-or-alias',
      action: 'kms:ReEncryptTo',
      crossAccount: true,
      usage: 'ENCRYPT_DECRYPT',
    },
  },
  disclose: ({ SourceKeyMaterialId = '', DestinationKeyMaterialId = '' }) => ({
    additionalEventData: {
      sourceKeyMaterialId: SourceKeyMaterialId,
      destinationKeyMaterialId: DestinationKeyMaterialId,
    },
  }),
  handle({ input, source, destination, hsm }) {
    const { SourceEncryptionAlgorithm, DestinationEncryptionAlgorithm } = input
    checkKeyAlgorithm(source, SourceEncryptionAlgorithm)
    checkKeyAlgorithm(destination, DestinationEncryptionAlgorithm)
    const answer = {
      SourceKeyId: source.arn,
      KeyId: destination.arn,
      SourceEncryptionAlgorithm,
      DestinationEncryptionAlgorithm,
      DestinationKeyMaterialId: destination.current.binding.keyMaterialId,
    }
    if (ignoresCiphertext(input)) return answer
    const ciphertextBlob = requireCiphertext(input.CiphertextBlob)
    const { plaintext, keyMaterialId } = decryptSymmetric(
      hsm,
      source,
      ciphertextBlob,
      input.SourceEncryptionContext,
    )
    const CiphertextBlob = encryptSymmetric(hsm, destination, plaintext, input.DestinationEncryptionContext)
    plaintext.fill(0)
    return { ...answer, CiphertextBlob, SourceKeyMaterialId: keyMaterialId }
  },
})

function checkKeyAlgorithm({ key }: ResolvedKey, algorithm: string): void {
  checkAlgorithm(key, algorithm, factsOf(key.keySpec).encryptionAlgorithms)
}
