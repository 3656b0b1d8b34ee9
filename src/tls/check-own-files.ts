import { createPrivateKey, X509Certificate } from 'node:crypto'
import { join } from 'node:path'
import { OperatorError, readFileIfAny } from '../std/index.ts'
import { readAuthority } from './authority-file.ts'
import { certificatesOf } from './server-certificate.ts'

/**
 * Returns the faults of the files of a server's own CA in a directory, without a full stop; none if a start can use them. A file
 * may be missing.
 */
export function findFaultsOfOwnFiles(directory: string): string[] {
  const checks = {
    'issuer.pem': () => void readAuthority(join(directory, 'issuer.pem')),
    'ca.pem': () => readCertificates(directory, 'ca.pem'),
    'server.pem': () => {
      const text = readCertificates(directory, 'server.pem')
      if (text !== undefined) createPrivateKey(text)
    },
  }
  return Object.entries(checks).flatMap(([name, check]) => {
    try {
      check()
      return []
    } catch (error) {
      const message = (error as Error).message.replace(/\.$/, '')
      return [error instanceof OperatorError ? message : `tls/${name} cannot be used: ${message}`]
    }
  })
}

/** Returns the text of a file whose certificates can be read; undefined if there is none. */
function readCertificates(directory: string, name: string): string | undefined {
  const text = readFileIfAny(join(directory, name))
  if (text === undefined) return undefined
  const certificates = certificatesOf(text)
  if (certificates.length === 0) throw new Error('it has no certificate')
  for (const certificate of certificates) new X509Certificate(certificate)
  return text
}
