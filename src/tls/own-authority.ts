import { createPublicKey } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { type Millis, replaceFile, writePrivateFile } from '../std/index.ts'
import { type Authority, createAuthority, isDue, issueCertificate, readAuthority } from './authority-file.ts'
import type { CertificateLog, CertificateSupply } from './certificate-supply.ts'
import type { WantedNames } from './host-names.ts'
import { permitsName } from './name-constraints.ts'
import {
  CertificateProblem,
  readChain,
  readServerCertificate,
  type ServerCertificate,
} from './server-certificate.ts'

function reasonForNew(known: Authority | undefined, missing: readonly string[]): string {
  if (known === undefined) return 'has lost its issuer.pem'
  return missing.length > 0 ? `does not permit ${missing.join(', ')}` : 'expires'
}

/**
 * A CA of the server's own, in a directory, and the certificate of the server that it issues.
 *
 * Clients trust the root (`ca.pem`), whose key is destroyed as soon as it has certified the issuing CA. The constraints of
 * the issuing CA bind also clients that ignore those of a root, as Java does.
 *
 * Each file is replaced as a whole. `issuer.pem` decides: `ca.pem` repeats a part of it, and a `server.pem` that does not
 * fit is replaced. So a crash at any moment leaves a directory that the next start can use.
 */
export class OwnAuthority implements CertificateSupply {
  readonly lookMillis = 60_000
  readonly #directory: string
  readonly #wanted: WantedNames
  readonly #log: CertificateLog

  constructor(directory: string, wanted: WantedNames, log: CertificateLog) {
    this.#directory = directory
    this.#wanted = wanted
    this.#log = log
  }

  async load(now: Millis): Promise<ServerCertificate> {
    mkdirSync(this.#directory, { recursive: true, mode: 0o700 })
    const authority = this.#authorityFor(now)
    const names = this.#namesUnder(authority)
    const caPath = this.#publish(authority)
    return { ...(this.#readServer(authority, names, now) ?? this.#issue(authority, names, now)), caPath }
  }

  async next(current: ServerCertificate, now: Millis): Promise<ServerCertificate | undefined> {
    return isDue(current.notAfter, now) ? await this.load(now) : undefined
  }

  #authorityFor(now: Millis): Authority {
    const path = join(this.#directory, 'issuer.pem')
    const { required, optional } = this.#wanted
    const known = readAuthority(path)
    const missing = required.filter(name => known !== undefined && !permitsName(known.permits, name))
    if (known !== undefined && missing.length === 0 && !isDue(known.notAfter, now)) return known
    const made = createAuthority(path, [...new Set([...required, ...optional])], now)
    const because = reasonForNew(known, missing)
    // At a first start, nobody trusts an old one.
    if (known !== undefined || existsSync(this.#caPath))
      this.#log.warn(
        `there is a new CA, because the old one ${because}: clients must trust the new ${this.#caPath}`,
      )
    return made
  }

  /** The names of the certificate: those that are wanted and permitted. */
  #namesUnder({ permits }: Authority): string[] {
    const { required, optional } = this.#wanted
    const [permitted, others] = [true, false].map(is =>
      optional.filter(name => permitsName(permits, name) === is),
    )
    if (others !== undefined && others.length > 0)
      this.#log.warn(
        `the certificate lacks the name ${others.join(', ')} of this machine, which is newer than the CA: add it to KEYWARD_TLS_NAMES if clients use it; then there is a new CA that they must trust`,
      )
    return [...new Set([...required, ...(permitted ?? [])])]
  }

  get #caPath(): string {
    return join(this.#directory, 'ca.pem')
  }

  get #serverPath(): string {
    return join(this.#directory, 'server.pem')
  }

  /** Writes the file that clients trust, if it is missing or that of a different CA. */
  #publish({ root }: Authority): string {
    const path = this.#caPath
    if (!existsSync(path) || readFileSync(path, 'utf8') !== root) replaceFile(path, root, 0o644)
    return path
  }

  /** The certificate on disk, if it is from this CA, has these names and is not due. */
  #readServer(authority: Authority, names: readonly string[], now: Millis): ServerCertificate | undefined {
    if (!existsSync(this.#serverPath)) return undefined
    const text = readFileSync(this.#serverPath, 'utf8')
    try {
      const certificate = readServerCertificate(text, text, now)
      const isOurs = readChain(text).certificate.verify(createPublicKey(authority.key))
      const hasNames = [...certificate.names].sort().join() === [...names].sort().join()
      return isOurs && hasNames && !isDue(certificate.notAfter, now) ? certificate : undefined
    } catch (error) {
      if (error instanceof CertificateProblem) return undefined
      throw error
    }
  }

  #issue(authority: Authority, names: readonly string[], now: Millis): ServerCertificate {
    const { chain, key } = issueCertificate(authority, names, now)
    writePrivateFile(this.#serverPath, `${key}${chain}`)
    return readServerCertificate(chain, key, now)
  }
}
