import { ServiceError, validation } from '../domain/index.ts'
import { type Attestation, AttestationProblem, type AttestationVerifier } from '../hsm/index.ts'
import type { Millis } from '../std/index.ts'
import type { Conditions } from './conditions.ts'

/** The part of an input that asks for an answer sealed for an enclave. */
export interface RecipientInput {
  readonly Recipient?: {
    readonly AttestationDocument?: Uint8Array | undefined
    readonly KeyEncryptionAlgorithm?: string | undefined
  }
}

/** The enclave that the answer is to be sealed for; undefined where the input names none. Throws ValidationException. */
export function attest(
  { Recipient: recipient }: RecipientInput,
  verifier: AttestationVerifier,
  now: Millis,
): Attestation | undefined {
  if (recipient === undefined) return undefined
  const { AttestationDocument: document, KeyEncryptionAlgorithm: algorithm } = recipient
  if (document === undefined || algorithm === undefined) {
    throw validation('Recipient must have a KeyEncryptionAlgorithm and an AttestationDocument.')
  }
  try {
    return verifier.verify(document, now)
  } catch (error) {
    if (!(error instanceof AttestationProblem)) throw error
    throw new ServiceError('ValidationException', 'The attestation document is not valid.', {
      reason: error.message,
    })
  }
}

/** What an enclave proved of itself, under the names of AWS KMS's condition keys. */
export function recipientConditions({ pcrs, nitroTpmPcrs }: Attestation): Conditions {
  return {
    'kms:RecipientAttestation:ImageSha384': pcrs.get(0),
    'kms:RecipientAttestation:PCR': byName(pcrs),
    'kms:RecipientAttestation:NitroTPMPCR': byName(nitroTpmPcrs),
  }
}

const byName = (registers: ReadonlyMap<number, string>) =>
  new Map(Array.from(registers, ([index, value]) => [String(index), value]))
