import { createPrivateKey, type KeyObject, X509Certificate } from 'node:crypto'
import { createSecureContext } from 'node:tls'
import type { Millis } from '../std/index.ts'
import { canonicalHost, isAddress } from './host-names.ts'

/** A certificate chain and its private key, as PEM texts. */
export interface ServerCertificate {
  /** The certificate of the server, and behind it the certificates of the CAs up to the one that clients trust. */
  readonly chain: string
  readonly key: string
  /** The host names and addresses that the certificate is valid for, in lower case. */
  readonly names: readonly string[]
  readonly notAfter: Millis
  /** The file that clients must trust; undefined for a certificate from the operator's files. */
  readonly caPath: string | undefined
}

/** A certificate or a key that cannot be used. The message is the end of a sentence that begins with the file. */
export class CertificateProblem extends Error {}

/** The same for the file with the private key. */
export class KeyProblem extends CertificateProblem {}

/** Reads a chain and its key as the operator wrote them, and checks that clients can accept them now. Throws CertificateProblem. */
export function readServerCertificate(pem: string, keyPem: string, now: Millis): ServerCertificate {
  const { blocks, certificate, names } = readChain(pem)
  const privateKey = readKey(keyPem)
  if (!certificate.checkPrivateKey(privateKey))
    throw new CertificateProblem(
      'does not have the public key of the private key in its first certificate, which must be that of the server',
    )
  const [from, to] = validity(certificate)
  if (now < from)
    throw new CertificateProblem(`has a certificate that is not valid before ${new Date(from).toISOString()}`)
  if (now > to)
    throw new CertificateProblem(`has a certificate that expired at ${new Date(to).toISOString()}`)
  // Without this extension a certificate is good for everything (RFC 5280 section 4.2.1.12).
  const uses: readonly string[] | undefined = certificate.keyUsage
  if (uses !== undefined && !uses.some(use => serverUses.includes(use)))
    throw new CertificateProblem(
      'has a certificate that is not for servers (its extended key usage lacks serverAuth)',
    )
  // The files may have more than that, such as both.
  const chain = blocks.map(block => `${block}\n`).join('')
  const key = privateKey.export({ type: 'pkcs8', format: 'pem' }).toString()
  refuseWeak(chain, key)
  return { chain, key, names, notAfter: to, caPath: undefined }
}

/** serverAuth, and anyExtendedKeyUsage. */
const serverUses = ['1.3.6.1.5.5.7.3.1', '2.5.29.37.0']

/** The certificates of a PEM text, of which the first is that of the server. */
export interface Chain {
  readonly blocks: readonly string[]
  readonly certificate: X509Certificate
  readonly names: readonly string[]
}

/** Reads a chain. Throws CertificateProblem. */
export function readChain(pem: string): Chain {
  const blocks = certificatesOf(pem)
  const [certificate] = blocks.map((block, index) => {
    try {
      return new X509Certificate(block)
    } catch {
      throw new CertificateProblem(`has a certificate that cannot be read, number ${index + 1} of the file`)
    }
  })
  if (certificate === undefined) throw new CertificateProblem('has no certificate in PEM (BEGIN CERTIFICATE)')
  if (blocks.length !== (pem.match(/-----BEGIN CERTIFICATE-----/g) ?? []).length)
    throw new CertificateProblem('has a certificate that is cut off')
  return { blocks, certificate, names: namesOf(certificate) }
}

/** Whether clients that trust the issuer take the first certificate for this host, as the host of a URL has it. */
export function isValidFor({ certificate }: Chain, host: string): boolean {
  const address = host.replace(/^\[(.*)\]$/, '$1')
  return (isAddress(address) ? certificate.checkIP(address) : certificate.checkHost(host)) !== undefined
}

/** Whether the last certificate is a root: one that it has issued itself. */
export function endsInRoot({ blocks }: Chain): boolean {
  const last = new X509Certificate(blocks.at(-1) ?? '')
  return last.checkIssued(last) && last.verify(last.publicKey)
}

/** Returns the times when the certificates of a chain expire, that of the server first. */
export function expiriesOf({ chain }: Pick<ServerCertificate, 'chain'>): Millis[] {
  return certificatesOf(chain).map(block => validity(new X509Certificate(block))[1])
}

/** Returns the certificates of a PEM text, each as a PEM text. RFC 7468 allows other text around them. */
export function certificatesOf(pem: string): string[] {
  return pem.match(/-----BEGIN CERTIFICATE-----[^-]*-----END CERTIFICATE-----/g) ?? []
}

function readKey(pem: string): KeyObject {
  // RFC 7468 section 11, and the older form of RFC 1421.
  if (/^(-----BEGIN ENCRYPTED PRIVATE KEY-----|Proc-Type: 4,ENCRYPTED)/m.test(pem))
    throw new KeyProblem(
      'has a private key that is encrypted. Store the key without a passphrase: openssl pkey -in KEY -out NEW',
    )
  try {
    return createPrivateKey({ key: pem, format: 'pem' })
  } catch {
    throw new KeyProblem('has no private key that can be read (BEGIN PRIVATE KEY)')
  }
}

/** OpenSSL refuses short keys and weak digests only when a connection is to use them, so a context is made here. */
function refuseWeak(cert: string, key: string): void {
  try {
    // An empty list of CAs spares the parsing of all public roots.
    createSecureContext({ cert, key, ca: [] })
  } catch (error) {
    throw new CertificateProblem(
      `has a certificate that OpenSSL refuses for TLS: ${(error as Error).message}`,
    )
  }
}

/** The times at which the validity of a certificate begins and ends. */
function validity(certificate: X509Certificate): [from: Millis, to: Millis] {
  return [certificate.validFromDate.getTime(), certificate.validToDate.getTime()]
}

/** The DNS names and addresses of a certificate. Node quotes a name with special characters, and no client takes such a name. */
function namesOf({ subjectAltName = '' }: X509Certificate): string[] {
  return Array.from(subjectAltName.matchAll(/(?:^|, )(?:DNS|IP Address):([^,"]+)/g), ([, name = '']) =>
    canonicalOrSelf(name),
  )
}

function canonicalOrSelf(name: string): string {
  return canonicalHost(name) ?? name.toLowerCase()
}
