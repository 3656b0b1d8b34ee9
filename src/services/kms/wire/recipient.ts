import { type Attestation, sealForRecipient } from '../../../hsm/index.ts'

/**
 * A secret as an answer has it: in the clear, or sealed for the enclave that asked. If it is sealed, the clear bytes
 * are wiped.
 */
export function answerSecret(
  secret: Buffer,
  recipient: Attestation | undefined,
): { readonly clear?: Buffer; readonly sealed?: Buffer } {
  if (recipient === undefined) return { clear: secret }
  try {
    return { sealed: sealForRecipient(recipient.publicKey, secret) }
  } finally {
    secret.fill(0)
  }
}
