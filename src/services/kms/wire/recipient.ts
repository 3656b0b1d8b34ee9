import { validation } from '../../../domain/index.ts'
import { type Attestation, sealForRecipient } from '../../../hsm/index.ts'

/**
 * Returns a secret in the form in which an answer has it: in the clear, or sealed for the enclave that asked. If it is
 * sealed, the clear bytes are wiped.
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

/** Reads the attestation document of the enclave that an answer must be sealed for. Throws ValidationException. */
export function attestationOf(input: {
  readonly Recipient?: {
    readonly AttestationDocument?: Uint8Array | undefined
    readonly KeyEncryptionAlgorithm?: string | undefined
  }
}): Uint8Array | undefined {
  if (input.Recipient === undefined) return undefined
  const { AttestationDocument: document, KeyEncryptionAlgorithm: algorithm } = input.Recipient
  if (document !== undefined && algorithm !== undefined) return document
  throw validation('Recipient must have a KeyEncryptionAlgorithm and an AttestationDocument.')
}
