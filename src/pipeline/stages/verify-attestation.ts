import { ServiceError } from '../../domain/index.ts'
import { type Attestation, AttestationProblem, type AttestationVerifier } from '../../hsm/index.ts'
import type { Millis } from '../../std/index.ts'
import type { Machine } from '../machine.ts'
import type { PerformedCall } from '../performed-call.ts'

/** Verifies the attestation of the enclave that the answer must be sealed for. Throws ValidationException. */
export function verifyAttestation(performed: PerformedCall, { attestations }: Machine): void {
  const document = performed.call.operation.attestation?.(performed.input)
  performed.recipient = document && verify(document, attestations, performed.time)
}

function verify(document: Uint8Array, verifier: AttestationVerifier, now: Millis): Attestation {
  try {
    return verifier.verify(document, now)
  } catch (error) {
    if (!(error instanceof AttestationProblem)) throw error
    throw new ServiceError('ValidationException', 'The attestation document is not valid.', {
      reason: error.message,
    })
  }
}
