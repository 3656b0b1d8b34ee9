import type { KeyObject } from 'node:crypto'
import type { Millis } from '../../std/index.ts'
import { demand } from './attestation-problem.ts'
import { parseRootCertificates } from './certificate-chain.ts'
import { isSignedBy, readCoseSign1 } from './cose-sign1.ts'
import { type AttestationDocument, type Registers, readAttestationDocument } from './document.ts'
import { readRecipientKey } from './recipient-key.ts'
import { VerifiedChains } from './verified-chains.ts'

/** What a verified attestation document says about the enclave, or the instance, that asked for it. */
export interface Attestation {
  readonly moduleId: string
  readonly digest: 'SHA384'
  /** The registers of an enclave: lower-case hex by index. Empty for NitroTPM. */
  readonly pcrs: Registers
  /** The registers of an instance with NitroTPM: lower-case hex by index. Empty for an enclave. */
  readonly nitroTpmPcrs: Registers
  /** RSA, 2048 bits or more: what is meant for the enclave is encrypted to it. */
  readonly publicKey: KeyObject
  readonly timestamp: Millis
}

/** `AttestationDocument` of RecipientInfo in the KMS API. */
const documentBytesMax = 262144

// AWS KMS refuses old documents and does not say when a document is old; five minutes is a local choice. The
// leaf certificate, valid for three hours, is the upper bound in any case.
const ageMax: Millis = 5 * 60 * 1000
const skewMax: Millis = 5 * 60 * 1000

/** Verifies attestation documents of AWS Nitro Enclaves and NitroTPM, or of whoever has the trusted roots. */
export class AttestationVerifier {
  readonly #chains: VerifiedChains

  /** The roots to trust, one or more certificates in PEM. Throws OperatorError when they cannot be read. */
  constructor(rootCertificatesPem: string) {
    this.#chains = new VerifiedChains(parseRootCertificates(rootCertificatesPem))
  }

  /** What the document says, given that it holds at `now`. Throws AttestationProblem. */
  verify(document: Uint8Array, now: Millis): Attestation {
    const content = openAttestationDocument(document, this.#chains, now)
    const { moduleId, pcrs, nitroTpmPcrs, timestamp } = content
    const publicKey = readRecipientKey(content.publicKey)
    return { moduleId, digest: 'SHA384', pcrs, nitroTpmPcrs, publicKey, timestamp }
  }
}

/**
 * The content of a document whose signature, certificates and age hold at `now`. Throws AttestationProblem.
 * Apart from the public key, which another service than KMS need not ask for, this is all of the
 * verification.
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
