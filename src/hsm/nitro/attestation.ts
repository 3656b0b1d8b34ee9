import type { KeyObject } from 'node:crypto'
import type { Millis } from '../../std/index.ts'
import { demand } from './attestation-problem.ts'
import { parseRootCertificates } from './certificate-chain.ts'
import { isSignedBy, readCoseSign1 } from './cose-sign1.ts'
import { type AttestationDocument, type Registers, readAttestationDocument } from './document.ts'
import { readRecipientKey } from './recipient-key.ts'
import { VerifiedChains } from './verified-chains.ts'

/** The content of a verified attestation document about the enclave, or the instance, that requested it. */
export interface Attestation {
  readonly moduleId: string
  readonly digest: 'SHA384'
  /** The registers of an enclave: lower-case hex by index. Empty for NitroTPM. */
  readonly pcrs: Registers
  /** The registers of an instance with NitroTPM: lower-case hex by index. Empty for an enclave. */
  readonly nitroTpmPcrs: Registers
  /** RSA, 2048 bits or more: answers for the enclave are encrypted to it. */
  readonly publicKey: KeyObject
  readonly timestamp: Millis
}

/** `AttestationDocument` of RecipientInfo in the KMS API. */
const documentBytesMax = 262144

// AWS KMS refuses old documents and does not say when a document is old; five minutes is our choice. The leaf
// certificate, valid for three hours, is the upper bound in any case.
const ageMax: Millis = 5 * 60 * 1000
const skewMax: Millis = 5 * 60 * 1000

/** Verifies attestation documents of AWS Nitro Enclaves and NitroTPM, or of anyone whose root is trusted. */
export class AttestationVerifier {
  readonly #chains: VerifiedChains

  /** Takes the trusted roots, one or more certificates in PEM. Throws OperatorError if they cannot be read. */
  constructor(rootCertificatesPem: string) {
    this.#chains = new VerifiedChains(parseRootCertificates(rootCertificatesPem))
  }

  /** Verifies a document at `now` and returns its content. Throws AttestationProblem. */
  verify(document: Uint8Array, now: Millis): Attestation {
    const content = openAttestationDocument(document, this.#chains, now)
    const { moduleId, pcrs, nitroTpmPcrs, timestamp } = content
    const publicKey = readRecipientKey(content.publicKey)
    return { moduleId, digest: 'SHA384', pcrs, nitroTpmPcrs, publicKey, timestamp }
  }
}

/**
 * Verifies signature, certificates and age of a document at `now` and returns its content. Throws AttestationProblem.
 * This is all of the verification except for the public key, which services other than KMS need not demand.
 */
export function openAttestationDocument(
  document: Uint8Array,
  chains: VerifiedChains,
  now: Millis,
): AttestationDocument {
  demand(document.length > 0 && document.length <= documentBytesMax, 'the document is empty or too long')
  const message = readCoseSign1(document)
  const content = readAttestationDocument(message.payload)
  demand(content.timestamp <= now + skewMax, 'the document is from the future')
  demand(content.timestamp >= now - ageMax, 'the document is too old')
  chains.verify([...content.cabundle, content.certificate], now, leafKey =>
    demand(isSignedBy(message, leafKey), 'the signature is wrong'),
  )
  return content
}
