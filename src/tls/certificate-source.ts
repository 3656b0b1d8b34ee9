import type { Clock, Millis } from '../std/index.ts'
import { CertificateFiles, type CertificatePaths } from './certificate-files.ts'
import type { CertificateLog, CertificateSupply } from './certificate-supply.ts'
import type { WantedNames } from './host-names.ts'
import { OwnAuthority } from './own-authority.ts'
import type { ServerCertificate } from './server-certificate.ts'

/** The settings of a certificate source, and the parts that it works with. */
export interface CertificateSourceOptions {
  /** The operator's files; undefined for a CA of the server's own. */
  readonly files: CertificatePaths | undefined
  /** The directory of the server's own CA, which is made if it is missing. */
  readonly directory: string
  /** Absent for the server's own CA. Else that of a network, whose clients trust it alone: the names of its files end with this. */
  readonly network?: string
  readonly names: WantedNames
  /** The clock of the machine: clients judge a certificate by theirs. */
  readonly clock: Clock
  readonly log: CertificateLog
  /** Calls a function every so many milliseconds, and returns the function that ends that. */
  readonly every?: (millis: number, action: () => void) => () => void
}

type Listener = (certificate: ServerCertificate) => void

const warningMillis = 7 * 86_400_000

/**
 * Keeps the certificate of the server current: from files, reloaded when they change, or from a CA of its own, renewed before
 * it expires.
 */
export class CertificateSource {
  readonly #supply: CertificateSupply
  readonly #clock: Clock
  readonly #log: CertificateLog
  readonly #listeners: Listener[] = []
  readonly #stop: () => void
  #current: ServerCertificate
  #isLooking = false
  #lastProblem: string | undefined
  #warnedOf: Millis | undefined

  /** Throws OperatorError if there is no certificate that clients could accept now. */
  static async open(options: CertificateSourceOptions): Promise<CertificateSource> {
    const { files, clock } = options
    const supply = files === undefined ? new OwnAuthority(options) : new CertificateFiles(files)
    return new CertificateSource(supply, await supply.load(clock.now()), options)
  }

  private constructor(
    supply: CertificateSupply,
    current: ServerCertificate,
    { clock, log, every = onTimer }: CertificateSourceOptions,
  ) {
    this.#supply = supply
    this.#current = current
    this.#clock = clock
    this.#log = log
    this.#warnOfExpiry()
    this.#stop = every(supply.lookMillis, () => void this.look())
  }

  get current(): ServerCertificate {
    return this.#current
  }

  /** Calls the listener with each later certificate. */
  onChange(listener: Listener): void {
    this.#listeners.push(listener)
  }

  close(): void {
    this.#stop()
  }

  /** Looks once whether a different certificate takes the place of the current one. A timer does that by itself. */
  async look(): Promise<void> {
    if (this.#isLooking) return
    this.#isLooking = true
    try {
      const next = await this.#supply.next(this.#current, this.#clock.now())
      this.#lastProblem = undefined
      if (next !== undefined) this.#change(next)
    } catch (error) {
      this.#report((error as Error).message)
    } finally {
      this.#isLooking = false
    }
    this.#warnOfExpiry()
  }

  #change(next: ServerCertificate): void {
    this.#current = next
    this.#log.info(`a new certificate is in use until ${new Date(next.notAfter).toISOString()}`)
    for (const listener of this.#listeners) listener(next)
  }

  /** Logs a problem once, however often a look finds it. */
  #report(problem: string): void {
    if (problem === this.#lastProblem) return
    this.#lastProblem = problem
    this.#log.warn(`the certificate stays as it is: ${problem}`)
  }

  #warnOfExpiry(): void {
    const { notAfter } = this.#current
    if (notAfter - this.#clock.now() > warningMillis || notAfter === this.#warnedOf) return
    this.#warnedOf = notAfter
    this.#log.warn(`the certificate is valid only until ${new Date(notAfter).toISOString()}`)
  }
}

function onTimer(millis: number, action: () => void): () => void {
  const timer = setInterval(action, millis)
  timer.unref()
  return () => clearInterval(timer)
}
