import { type KeyObject, X509Certificate } from 'node:crypto'
import { type Millis, OperatorError } from '../../std/index.ts'
import { ecCurves, pointOf } from '../software/ec-curves.ts'
import { attempt, demand } from './attestation-problem.ts'
import { type CertificateUse, readCertificateUse } from './certificate-use.ts'

interface ChainLink {
  readonly certificate: X509Certificate
  readonly use: CertificateUse
  readonly publicKey: KeyObject
}

/** Reads the certificates of a PEM text, in DER. Throws OperatorError for a text without one, or with a broken one. */
export function parseRootCertificates(pem: string): readonly Buffer[] {
  const blocks = pem.match(/-----BEGIN CERTIFICATE-----[^-]*-----END CERTIFICATE-----/g)
  if (blocks === null) throw new OperatorError('the Nitro root certificates hold no certificate in PEM')
  return blocks.map(block => {
    try {
      return new X509Certificate(block).raw
    } catch {
      throw new OperatorError('the Nitro root certificates hold a certificate that cannot be read')
    }
  })
}

/**
 * A chain of certificates, from a root to a leaf. It verifies that a trusted root vouches for the public key of the
 * leaf (RFC 5280 section 6, in the extent of attestation_process.md section 3.2.3: no revocation, no policies).
 */
export class CertificateChain {
  readonly #links: readonly ChainLink[]

  /** Takes the certificates in DER, the root first, the leaf last. Throws AttestationProblem for an unusable one. */
  constructor(certificates: readonly Uint8Array[]) {
    this.#links = certificates.map(readLink)
  }

  get leafKey(): KeyObject {
    const leaf = this.#links.at(-1)
    demand(leaf !== undefined, 'no certificate')
    return leaf.publicKey
  }

  /** The time from which all certificates are valid. */
  get validFrom(): Millis {
    return Math.max(...this.#links.map(({ certificate }) => certificate.validFromDate.getTime()))
  }

  /** The time until which all certificates are valid. */
  get validTo(): Millis {
    return Math.min(...this.#links.map(({ certificate }) => certificate.validToDate.getTime()))
  }

  /** Throws AttestationProblem unless the chain starts at one of the roots and each link is valid at `now`. */
  verify(roots: readonly Buffer[], now: Millis): void {
    const root = this.#links[0]?.certificate.raw
    demand(root !== undefined && roots.some(each => each.equals(root)), 'the root is not a trusted one')
    for (const [index, link] of this.#links.entries()) {
      verifyValidity(link, now)
      const parent = this.#links[index - 1]
      if (parent !== undefined) verifyIssued(link, parent)
      const authoritiesBehind = this.#links.length - index - 2
      if (authoritiesBehind < 0) verifyLeaf(link)
      else verifyAuthority(link, authoritiesBehind)
    }
  }
}

function readLink(der: Uint8Array): ChainLink {
  return attempt('a certificate cannot be read', () => {
    const certificate = new X509Certificate(der)
    // Node also reads PEM, and ignores bytes behind the DER.
    demand(certificate.raw.equals(der), 'a certificate is not DER alone')
    const { publicKey } = certificate
    // All of AWS's PKI is P-384 with SHA-384; anything else would only add ways to attack.
    const curve = publicKey.asymmetricKeyDetails?.namedCurve
    demand(publicKey.asymmetricKeyType === 'ec' && curve === 'secp384r1', 'a certificate has no P-384 key')
    // OpenSSL also reads keys that give the parameters of the curve, and hybrid points (RFC 5480, 2.1.1 and 2.2).
    pointOf(publicKey, ecCurves.ECC_NIST_P384)
    demand(certificate.signatureAlgorithm === 'ecdsa-with-SHA384', 'a certificate is not signed with SHA-384')
    return { certificate, use: readCertificateUse(der), publicKey }
  })
}

function verifyValidity({ certificate }: ChainLink, now: Millis): void {
  const { subject, validFromDate, validToDate } = certificate
  demand(now >= validFromDate.getTime(), `a certificate is not yet valid: ${subject}`)
  demand(now <= validToDate.getTime(), `a certificate has expired: ${subject}`)
}

function verifyIssued(link: ChainLink, parent: ChainLink): void {
  const { certificate } = link
  demand(certificate.checkIssued(parent.certificate), `a different issuer: ${certificate.subject}`)
  demand(certificate.verify(parent.publicKey), `the issuer did not sign: ${certificate.subject}`)
}

function verifyAuthority({ certificate, use }: ChainLink, authoritiesBehind: number): void {
  demand(use.isAuthority, `not an authority: ${certificate.subject}`)
  demand(use.signsCertificates, `may not sign certificates: ${certificate.subject}`)
  demand(
    use.pathLength === undefined || use.pathLength >= authoritiesBehind,
    `too many authorities behind: ${certificate.subject}`,
  )
}

function verifyLeaf({ use }: ChainLink): void {
  demand(!use.isAuthority && use.pathLength === undefined, 'the leaf is an authority')
  demand(use.signsData, 'the leaf may not sign data')
}
