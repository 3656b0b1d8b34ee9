import { createHash, X509Certificate } from 'node:crypto'

/** One block of RFC 7468, section 2, with nothing before or after it but line ends and blanks. */
const onlyCertificate =
  /^[ \t\r\n]*-----BEGIN CERTIFICATE-----[ \t\r\n]([A-Za-z0-9+/ \t\r\n]+(?:={1,2}[ \t\r\n]*)?)-----END CERTIFICATE-----[ \t\r\n]*$/

/**
 * Returns the SHA-256 of a certificate's DER, as hex; undefined if the text is not exactly one certificate in PEM. Two texts of one
 * certificate have one fingerprint.
 */
export function certificateFingerprint(pem: string): string | undefined {
  const [, base64 = ''] = onlyCertificate.exec(pem) ?? []
  const der = Buffer.from(base64, 'base64')
  try {
    const { raw } = new X509Certificate(der)
    // Bytes behind the certificate are no part of it, and the parser ignores them.
    return raw.equals(der) ? createHash('sha256').update(raw).digest('hex') : undefined
  } catch {
    return undefined
  }
}
