import { type Attestation, sealForRecipient } from '../../../hsm/index.ts'

/** A secret as it is answered: in the clear, or sealed for the enclave that asked and then nowhere in the clear. */
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
