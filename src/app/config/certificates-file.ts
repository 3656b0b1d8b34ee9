import { readFileSync } from 'node:fs'
import type { Located } from '../../std/index.ts'
import { readChain } from '../../tls/index.ts'

/** Reads the file of certificates in PEM that a setting names. Throws OperatorError. */
export function readCertificates(at: Located): string {
  try {
    return readFileSync(at.text(), 'utf8')
  } catch (error) {
    throw at.error(`cannot be read: ${(error as Error).message}`)
  }
}

/** Reads the file of the certificates of CAs, of which there is at least one. Throws OperatorError. */
export function readAuthorities(at: Located): string {
  const ca = readCertificates(at)
  try {
    // TLS takes the certificates before the first damaged one, and does not report it.
    readChain(ca)
  } catch (error) {
    throw at.error((error as Error).message)
  }
  return ca
}
