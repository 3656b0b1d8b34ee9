import { type EncryptionAlgorithm, validation } from '../../../domain/index.ts'
import { andThen, defaulted, requiredUnless, structure } from '../../../std/index.ts'
import { contextConditions } from '../conditions.ts'
import { operation } from '../operation.ts'
import { discloseKeyStore } from '../wire/disclose-key-store.ts'
import { answerSecret, attestationOf } from '../wire/recipient.ts'
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
} from '../wire/shapes.ts'
import { checkEncryption, checkIsOwn, type Decrypted, decryptWith } from './ciphertext.ts'

/**
 * Decrypts ciphertext that a KMS key encrypted. The ciphertext of a symmetric key names its key, so KeyId is optional.
 */
export const Decrypt = operation({
  name: 'Decrypt',
  effect: 'read',
  recordsKeyUsage: true,
  input: structure({
    CiphertextBlob: requiredUnless(ignoresCiphertext, ciphertextType),
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
    CiphertextForRecipient: ciphertextType,
    KeyMaterialId: keyMaterialIdType,
  }),
  isDryRun: ({ DryRun }) => DryRun,
  grantTokens: ({ GrantTokens }) => GrantTokens,
  attestation: attestationOf,
  touches: {
    key: {
      from: input => input.KeyId,
      besideCiphertext: input => symmetricCiphertext(input.CiphertextBlob, input.EncryptionAlgorithm),
      orCiphertext: input => requireSymmetric(input.CiphertextBlob, input.EncryptionAlgorithm, 'KeyId'),
      forms: 'key-or-alias',
      crossAccount: true,
      fits: (key, input) => {
        if (input.KeyId !== undefined && !ignoresCiphertext(input))
          checkIsOwn(key, input.EncryptionAlgorithm, requireCiphertext(input.CiphertextBlob))
      },
      usage: 'ENCRYPT_DECRYPT',
      grant: input => ({ operation: 'Decrypt', encryptionContext: input.EncryptionContext }),
      conditions: input => ({
        ...contextConditions(input.EncryptionContext),
        'kms:EncryptionAlgorithm': input.EncryptionAlgorithm,
      }),
    },
  },
  disclose: ({ KeyMaterialId }) =>
    KeyMaterialId === undefined ? {} : { additionalEventData: { keyMaterialId: KeyMaterialId } },
  discloseFound: discloseKeyStore,
  handle({ input, key, hsm, recipient }) {
    const { EncryptionAlgorithm } = input
    if (ignoresCiphertext(input)) {
      checkEncryption(key, EncryptionAlgorithm, input.EncryptionContext)
      return { KeyId: key.arn, EncryptionAlgorithm }
    }
    const answer = ({ plaintext, keyMaterialId }: Decrypted) => {
      const { clear, sealed } = answerSecret(plaintext, recipient)
      return {
        KeyId: key.arn,
        Plaintext: clear,
        EncryptionAlgorithm,
        CiphertextForRecipient: sealed,
        KeyMaterialId: sealed === undefined ? keyMaterialId : undefined,
      }
    }
    const ciphertextBlob = requireCiphertext(input.CiphertextBlob)
    const decrypted = decryptWith(hsm, key, EncryptionAlgorithm, ciphertextBlob, input.EncryptionContext)
    return andThen(decrypted, answer)
  },
})

/** The members of a request that say whether it needs a ciphertext. */
interface CiphertextRequest {
  readonly CiphertextBlob?: Uint8Array | undefined
  readonly DryRun?: boolean | undefined
  readonly DryRunModifiers?: readonly string[] | undefined
}

/** Whether a dry run asks about the permission only, without a ciphertext. */
export function ignoresCiphertext(input: CiphertextRequest): boolean {
  return input.DryRun === true && input.DryRunModifiers?.includes('IGNORE_CIPHERTEXT') === true
}

/** The ciphertext, if its algorithm is the one whose ciphertexts name their key. */
export const symmetricCiphertext = (blob: Uint8Array | undefined, algorithm: EncryptionAlgorithm) =>
  algorithm === 'SYMMETRIC_DEFAULT' ? blob : undefined

/**
 * The ciphertext that has to name its key, because the request does not. Only symmetric encryption makes such
 * ciphertexts. Throws ValidationException (text recorded from AWS).
 */
export function requireSymmetric(
  blob: Uint8Array | undefined,
  algorithm: EncryptionAlgorithm,
  keyMember: string,
): Uint8Array {
  const ciphertext = requireCiphertext(blob)
  if (algorithm !== 'SYMMETRIC_DEFAULT') throw validation(`${keyMember} must not be null`)
  return ciphertext
}

/**
 * The ciphertext of a request. Only a dry run that ignores it may lack it, and then the request must name its key. Throws
 * ValidationException.
 */
export function requireCiphertext(blob: Uint8Array | undefined): Uint8Array {
  if (blob !== undefined) return blob
  throw validation(
    "1 validation error detected: Value null at 'ciphertextBlob' failed to satisfy constraint: Member must not be null",
  )
}
