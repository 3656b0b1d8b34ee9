import { checkAlgorithm, ServiceError } from '../../../domain/index.ts'
import { type Hsm, PublicKeyProblem } from '../../../hsm/index.ts'
import { currentOf, type ResolvedKey } from '../../../keys/index.ts'
import { required, structure } from '../../../std/index.ts'
import { operation } from '../operation.ts'
import { cryptographicKey } from '../wire/cryptographic-key.ts'
import { answerSecret, attestationOf } from '../wire/recipient.ts'
import {
  ciphertextType,
  dryRunType,
  grantTokensType,
  keyAgreementAlgorithmType,
  keyIdType,
  originType,
  plaintextType,
  publicKeyType,
  recipientType,
} from '../wire/shapes.ts'

/** Derives a shared secret with a key agreement algorithm. */
export const DeriveSharedSecret = operation({
  name: 'DeriveSharedSecret',
  effect: 'read',
  recordsKeyUsage: true,
  input: structure({
    KeyId: required(keyIdType),
    KeyAgreementAlgorithm: required(keyAgreementAlgorithmType),
    PublicKey: required(publicKeyType),
    GrantTokens: grantTokensType,
    DryRun: dryRunType,
    Recipient: recipientType,
  }),
  output: structure({
    KeyId: keyIdType,
    SharedSecret: plaintextType,
    CiphertextForRecipient: ciphertextType,
    KeyAgreementAlgorithm: keyAgreementAlgorithmType,
    KeyOrigin: originType,
  }),
  isDryRun: ({ DryRun }) => DryRun,
  grantTokens: ({ GrantTokens }) => GrantTokens,
  attestation: attestationOf,
  touches: {
    key: {
      ...cryptographicKey('DeriveSharedSecret', 'KEY_AGREEMENT'),
      conditions: input => ({ 'kms:KeyAgreementAlgorithm': input.KeyAgreementAlgorithm }),
    },
  },
  async handle({ input, key, hsm, recipient }) {
    const { KeyAgreementAlgorithm, PublicKey } = input
    checkAlgorithm(key.key, KeyAgreementAlgorithm)
    const { clear, sealed } = answerSecret(await derive(hsm, key, PublicKey), recipient)
    return {
      KeyId: key.arn,
      SharedSecret: clear,
      CiphertextForRecipient: sealed,
      KeyAgreementAlgorithm,
      KeyOrigin: key.key.origin,
    }
  },
})

async function derive(hsm: Hsm, key: ResolvedKey, publicKey: Uint8Array): Promise<Buffer> {
  try {
    return await hsm.deriveSharedSecret(currentOf(key), publicKey)
  } catch (error) {
    if (!(error instanceof PublicKeyProblem)) throw error
    // Recorded from AWS without a text.
    throw new ServiceError('ValidationException', undefined, { reason: error.message })
  }
}
