import { createPrivateKey, X509Certificate } from 'node:crypto'
import { existsSync, readdirSync } from 'node:fs'
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
    issuer: (name: string) => void readAuthority(join(directory, name)),
    ca: (name: string) => void readCertificates(directory, name),
    server: (name: string) => {
      const text = readCertificates(directory, name)
      if (text !== undefined) createPrivateKey(text)
    },
  }
  return listOwnFiles(directory).flatMap(({ name, kind }) => {
    try {
      checks[kind](name)
      return []
    } catch (error) {
      const message = (error as Error).message.replace(/\.$/, '')
      return [error instanceof OperatorError ? message : `tls/${name} cannot be used: ${message}`]
    }
  })
}

/** Returns the names of the files with private keys of a server's own CA, and of those of its networks. */
export function listOwnKeys(directory: string): string[] {
  return listOwnFiles(directory).flatMap(({ name, kind }) => (kind === 'ca' ? [] : [name]))
}

function listOwnFiles(directory: string) {
  const names = existsSync(directory) ? readdirSync(directory).sort() : []
  return names.flatMap(name => {
    const kind = /^(issuer|ca|server)(?:-.*)?\.pem$/.exec(name)?.[1]
    return kind === undefined ? [] : [{ name, kind: kind as 'issuer' | 'ca' | 'server' }]
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
