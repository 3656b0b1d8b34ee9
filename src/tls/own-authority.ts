import { createPublicKey } from 'node:crypto'
import { existsSync, mkdirSync, readdirSync, readFileSync } from 'node:fs'
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

/** The settings of an `OwnAuthority`; `CertificateSourceOptions` says more. */
export interface OwnAuthorityOptions {
  readonly directory: string
  readonly network?: string
  readonly names: WantedNames
  readonly log: CertificateLog
}

/**
 * A CA of the server's own, in a directory, and the certificate of the server that it issues. Each network has a further one, so that
 * clients elsewhere need not trust what its clients must, and a change of one leaves the others as they are. `ca.pem` has the roots
 * of all of them, with that of the server first.
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
  readonly #network: string | undefined
  readonly #wanted: WantedNames
  readonly #log: CertificateLog

  constructor({ directory, network, names, log }: OwnAuthorityOptions) {
    this.#directory = directory
    this.#network = network
    this.#wanted = names
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
    const path = this.#pathOf('issuer')
    const { required, optional, permits = [...new Set([...required, ...optional])] } = this.#wanted
    const known = readAuthority(path)
    const missing = required.filter(name => known !== undefined && !permitsName(known.permits, name))
    if (known !== undefined && missing.length === 0 && !isDue(known.notAfter, now)) return known
    // At a first start, nobody trusts an old one.
    const isTrusted = known !== undefined || this.#isPublished()
    const made = createAuthority(path, permits, now)
    const caPath = this.#pathOf('ca')
    if (isTrusted)
      this.#log.warn(
        `there is a new CA, because the old one ${reasonForNew(known, missing)}: clients must trust the new ${caPath}`,
      )
    else if (this.#network !== undefined)
      this.#log.info(`${this.#network} has a CA of its own now: its clients must trust ${caPath}`)
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

  #pathOf(name: 'ca' | 'issuer' | 'server'): string {
    return join(this.#directory, `${name}${this.#network === undefined ? '' : `-${this.#network}`}.pem`)
  }

  /** Whether clients may trust a root of this CA, although its `issuer.pem` is gone. */
  #isPublished(): boolean {
    const path = this.#pathOf('ca')
    return (
      existsSync(path) && (this.#network !== undefined || readFileSync(path, 'utf8') !== this.#allRoots())
    )
  }

  /** Writes the files that clients trust, if they are missing or those of a different CA. Returns the path of the one for this CA. */
  #publish({ root }: Authority): string {
    const path = this.#pathOf('ca')
    if (this.#network !== undefined) replaceIfOther(path, root)
    replaceIfOther(join(this.#directory, 'ca.pem'), this.#allRoots())
    return path
  }

  #allRoots(): string {
    const issuers = readdirSync(this.#directory).filter(name => /^issuer(-vpc-[\da-f]+)?\.pem$/.test(name))
    // The shortest name is that of the server.
    const inOrder = issuers.sort((a, b) => a.length - b.length || (a < b ? -1 : 1))
    return inOrder.map(name => readAuthority(join(this.#directory, name))?.root ?? '').join('')
  }

  /** The certificate on disk, if it is from this CA, has these names and is not due. */
  #readServer(authority: Authority, names: readonly string[], now: Millis): ServerCertificate | undefined {
    const path = this.#pathOf('server')
    if (!existsSync(path)) return undefined
    const text = readFileSync(path, 'utf8')
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
    writePrivateFile(this.#pathOf('server'), `${key}${chain}`)
    return readServerCertificate(chain, key, now)
  }
}

function replaceIfOther(path: string, text: string): void {
  if (!existsSync(path) || readFileSync(path, 'utf8') !== text) replaceFile(path, text, 0o644)
}
