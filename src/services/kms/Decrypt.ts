import { checkAlgorithm, factsOf, validation } from '../../domain/index.ts'
import { operation } from '../../pipeline/index.ts'
import { defaulted, structure } from '../../std/index.ts'
import { refuseUnbuilt } from './not-built.ts'
import {
  ciphertextType,
  dryRunModifiersType,
  dryRunType,
  encryptionAlgorithmType,
  encryptionContextType,
  grantTokensType,
  keyIdType,
  keyMaterialIdType,
  plaintextType,
  recipientType,
} from './shapes.ts'
import { decryptSymmetric } from './symmetric-ciphertext.ts'

export const Decrypt = operation({
  name: 'Decrypt',
  effect: 'read',
  input: structure({
    CiphertextBlob: ciphertextType,
    EncryptionContext: encryptionContextType,
    GrantTokens: grantTokensType,
    KeyId: keyIdType,
    EncryptionAlgorithm: defaulted(encryptionAlgorithmType, 'SYMMETRIC_DEFAULT'),
    Recipient: recipientType,
    DryRun: dryRunType,
    DryRunModifiers: dryRunModifiersType,
  }),
  output: structure({
    KeyId: keyIdType,
    Plaintext: plaintextType,
    EncryptionAlgorithm: defaulted(encryptionAlgorithmType, 'SYMMETRIC_DEFAULT'),
    KeyMaterialId: keyMaterialIdType,
  }),
  keys: {
    key: {
      from: input => input.KeyId,
      orCiphertext: input => requireCiphertext(input.CiphertextBlob),
      forms: 'key-or-alias',
      crossAccount: true,
      usage: 'ENCRYPT_DECRYPT',
    },
  },
  disclose: ({ KeyMaterialId }) =>
    KeyMaterialId === undefined ? {} : { additionalEventData: { keyMaterialId: KeyMaterialId } },
  handle({ input, key, hsm }) {
    refuseUnbuilt('Recipient', input.Recipient !== undefined)
    const { EncryptionAlgorithm } = input
    checkAlgorithm(key.key, EncryptionAlgorithm, factsOf(key.key.keySpec).encryptionAlgorithms)
    if (ignoresCiphertext(input)) return { KeyId: key.arn, EncryptionAlgorithm }
    const ciphertextBlob = requireCiphertext(input.CiphertextBlob)
    const { plaintext, keyMaterialId } = decryptSymmetric(hsm, key, ciphertextBlob, input.EncryptionContext)
    return { KeyId: key.arn, Plaintext: plaintext, EncryptionAlgorithm, KeyMaterialId: keyMaterialId }
  },
})

/** A dry run may ask about the permission alone, without a ciphertext. */
export function ignoresCiphertext(input: {
  readonly DryRun?: boolean | undefined
  readonly DryRunModifiers?: readonly string[] | undefined
}): boolean {
  return input.DryRun === true && input.DryRunModifiers?.includes('IGNORE_CIPHERTEXT') === true
}

/** AWS's model does not require the member since dry runs may leave it out; everything else needs it. */
export function requireCiphertext(blob: Uint8Array | undefined): Uint8Array {
  if (blob !== undefined) return blob
  throw validation(
    "1 validation error detected: Value null at 'ciphertextBlob' failed to satisfy constraint: Member must not be null",
  )
}
