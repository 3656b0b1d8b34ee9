import { resolve } from 'node:path'
import { OperatorError } from '../../std/index.ts'
import { type CertificatePaths, canonicalHost } from '../../tls/index.ts'
import type { SettingValues } from './settings.ts'

const namesMax = 100

/** Reads the settings about the certificate for HTTPS. Throws OperatorError. */
export function readCertificateSettings(values: SettingValues): {
  readonly certificatePaths: CertificatePaths | undefined
  readonly tlsNames: readonly string[]
} {
  const { 'tls-cert': certificate, 'tls-key': key, 'tls-names': names } = values
  if ((certificate === undefined) !== (key === undefined))
    throw new OperatorError('Set both KEYWARD_TLS_CERT and KEYWARD_TLS_KEY, or neither of them.')
  if (certificate === undefined || key === undefined)
    return { certificatePaths: undefined, tlsNames: readNames(names) }
  if (certificate.trim() === '' || key.trim() === '')
    throw new OperatorError('KEYWARD_TLS_CERT and KEYWARD_TLS_KEY must be the paths of files.')
  if (names !== undefined)
    throw new OperatorError(
      'KEYWARD_TLS_NAMES is for the certificate of the own CA; that of KEYWARD_TLS_CERT has its own names. Leave one of them out.',
    )
  return { certificatePaths: { certificate: resolve(certificate), key: resolve(key) }, tlsNames: [] }
}

function readNames(text = ''): string[] {
  if (text.trim() === '') return []
  const names = text.split(',').map(name => {
    const canonical = canonicalHost(name.trim())
    if (canonical !== undefined) return canonical
    throw new OperatorError(
      `KEYWARD_TLS_NAMES (--tls-names) has '${name.trim()}'; it must be a host name without a wildcard, or an IP address.`,
    )
  })
  if (names.length <= namesMax) return names
  throw new OperatorError(`KEYWARD_TLS_NAMES (--tls-names) has more than ${namesMax} names.`)
}
