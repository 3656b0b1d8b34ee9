import { aliasArn, type Scope } from '../../../domain/index.ts'
import type { ResolvedKey } from '../../../keys/index.ts'
import { defaulted, type Json, required, requiredUnless, structure } from '../../../std/index.ts'
import { contextConditions } from '../conditions.ts'
import { operation } from '../operation.ts'
import { discloseKeyStore } from '../wire/disclose-key-store.ts'
import { shownMaterialId } from '../wire/disclose-material.ts'
import {
  ciphertextType,
  dryRunModifiersType,
  dryRunType,
  encryptionAlgorithmType,
  encryptionContextType,
  grantTokensType,
  keyIdType,
  keyMaterialIdType,
} from '../wire/shapes.ts'
import { checkEncryption, checkIsOwn, decryptWith, encryptWith } from './ciphertext.ts'
import { ignoresCiphertext, requireCiphertext, requireSymmetric, symmetricCiphertext } from './Decrypt.ts'

/** Decrypts ciphertext and then encrypts it again, under the same or a different KMS key, within the server. */
export const ReEncrypt = operation({
  name: 'ReEncrypt',
  effect: 'read',
  recordsKeyUsage: true,
  input: structure({
    CiphertextBlob: requiredUnless(ignoresCiphertext, ciphertextType),
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
  isDryRun: ({ DryRun }) => DryRun,
  grantTokens: ({ GrantTokens }) => GrantTokens,
  touches: {
    source: {
      from: input => input.SourceKeyId,
      besideCiphertext: input => symmetricCiphertext(input.CiphertextBlob, input.SourceEncryptionAlgorithm),
      orCiphertext: input =>
        requireSymmetric(input.CiphertextBlob, input.SourceEncryptionAlgorithm, 'SourceKeyId'),
      forms: 'key-or-alias',
      action: 'kms:ReEncryptFrom',
      crossAccount: true,
      fits: (key, input) => {
        if (input.SourceKeyId !== undefined && !ignoresCiphertext(input))
          checkIsOwn(key, input.SourceEncryptionAlgorithm, requireCiphertext(input.CiphertextBlob))
      },
      usage: 'ENCRYPT_DECRYPT',
      grant: input => ({ operation: 'ReEncryptFrom', encryptionContext: input.SourceEncryptionContext }),
      conditions: (input, { key, scope }) => ({
        ...contextConditions(input.SourceEncryptionContext),
        'kms:EncryptionAlgorithm': input.SourceEncryptionAlgorithm,
        // The destination is not looked up yet: a caller without permission on the source must not learn whether it
        // exists.
        'kms:ReEncryptOnSameKey': key && isNameOf(input.DestinationKeyId, key, scope),
      }),
    },
    destination: {
      from: input => input.DestinationKeyId,
      forms: 'key-or-alias',
      action: 'kms:ReEncryptTo',
      crossAccount: true,
      usage: 'ENCRYPT_DECRYPT',
      grant: input => ({ operation: 'ReEncryptTo', encryptionContext: input.DestinationEncryptionContext }),
      conditions: (input, { key, firstKey }) => ({
        ...contextConditions(input.DestinationEncryptionContext),
        'kms:EncryptionAlgorithm': input.DestinationEncryptionAlgorithm,
        'kms:ReEncryptOnSameKey': key?.arn === firstKey?.arn,
      }),
    },
  },
  disclose: ({ SourceKeyMaterialId: source, DestinationKeyMaterialId: destination }) =>
    source === undefined && destination === undefined
      ? {}
      : {
          additionalEventData: {
            ...(source !== undefined && { sourceKeyMaterialId: source }),
            ...(destination !== undefined && { destinationKeyMaterialId: destination }),
          },
        },
  // No source has such a record: the names follow those of the key materials.
  discloseFound({ source, destination }) {
    const from = discloseKeyStore({ key: source })
    const to = discloseKeyStore({ key: destination })
    if (from === undefined && to === undefined) return undefined
    return { ...prefixed('source', from), ...prefixed('destination', to) }
  },
  async handle({ input, source, destination, hsm }) {
    const { SourceEncryptionAlgorithm, DestinationEncryptionAlgorithm } = input
    checkEncryption(source, SourceEncryptionAlgorithm, input.SourceEncryptionContext)
    checkEncryption(destination, DestinationEncryptionAlgorithm, input.DestinationEncryptionContext)
    const answer = {
      SourceKeyId: source.arn,
      KeyId: destination.arn,
      SourceEncryptionAlgorithm,
      DestinationEncryptionAlgorithm,
      DestinationKeyMaterialId: shownMaterialId(destination),
    }
    if (ignoresCiphertext(input)) return answer
    const { plaintext, keyMaterialId } = await decryptWith(
      hsm,
      source,
      SourceEncryptionAlgorithm,
      requireCiphertext(input.CiphertextBlob),
      input.SourceEncryptionContext,
    )
    try {
      const CiphertextBlob = await encryptWith(
        hsm,
        destination,
        DestinationEncryptionAlgorithm,
        plaintext,
        input.DestinationEncryptionContext,
      )
      return { ...answer, CiphertextBlob, SourceKeyMaterialId: keyMaterialId }
    } finally {
      plaintext.fill(0)
    }
  },
})

/** Returns the members with a prefix before their names, such as `sourceXksKeyId`. */
function prefixed(prefix: string, members: { readonly [name: string]: Json } = {}) {
  const named = Object.entries(members).map(([name, value]) => [
    `${prefix}${name.charAt(0).toUpperCase()}${name.slice(1)}`,
    value,
  ])
  return Object.fromEntries(named) as { readonly [name: string]: Json }
}

/** Whether an identifier in a request names this key. */
function isNameOf(identifier: string, { key, arn, aliasNames }: ResolvedKey, scope: Scope): boolean {
  if (identifier === arn || aliasNames.some(name => identifier === aliasArn(key, name))) return true
  // An identifier without an account belongs to the caller's account.
  if (key.accountId !== scope.accountId) return false
  return identifier === key.keyId || aliasNames.includes(identifier)
}
