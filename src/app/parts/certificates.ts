import { hostname } from 'node:os'
import { systemClock } from '../../std/index.ts'
import { CertificateSource, wantedNames } from '../../tls/index.ts'
import type { Base } from './base.ts'
import type { DataDirectory } from './data-directory.ts'

/**
 * Opens the certificate for HTTPS. It follows the clock of the machine, as clients do, and not the test clock. Throws
 * OperatorError.
 */
export async function openCertificates(
  { config, log, cleanup }: Base,
  directory: DataDirectory,
): Promise<CertificateSource> {
  const { certificatePaths: files, host, tlsNames } = config
  const source = await CertificateSource.open({
    files,
    directory: directory.tls,
    names: wantedNames(host, tlsNames, hostname()),
    clock: systemClock,
    log: { info: message => log.info(message), warn: message => log.warn(message) },
  })
  cleanup.add(() => source.close())
  return source
}
