import { readFile, stat } from 'node:fs/promises'
import { type Millis, OperatorError } from '../std/index.ts'
import type { CertificateSupply } from './certificate-supply.ts'
import {
  CertificateProblem,
  KeyProblem,
  readServerCertificate,
  type ServerCertificate,
} from './server-certificate.ts'

/** The paths of a chain and of its private key, both PEM. One file may have both. */
export interface CertificatePaths {
  readonly certificate: string
  readonly key: string
}

/** Reads a certificate from the operator's files, and checks that clients can accept it now. Throws OperatorError. */
export function readCertificateFiles(paths: CertificatePaths, now: Millis): Promise<ServerCertificate> {
  return new CertificateFiles(paths).load(now)
}

interface Texts {
  readonly certificate: string
  readonly key: string
}

const bytesMax = 1 << 20

/**
 * A certificate from the operator's files. Others replace them in many ways: in place, by rename, one after the other, or
 * by a link above them, as certbot and Kubernetes do. So their contents are compared, and a change counts when two looks in
 * a row find the same: a half-written chain can look whole.
 */
export class CertificateFiles implements CertificateSupply {
  readonly lookMillis = 2000
  readonly #paths: CertificatePaths
  #taken: Texts | undefined
  #seen: Texts | undefined

  constructor(paths: CertificatePaths) {
    this.#paths = paths
  }

  async load(now: Millis): Promise<ServerCertificate> {
    return this.#take(await this.#read(), now)
  }

  async next(_current: ServerCertificate, now: Millis): Promise<ServerCertificate | undefined> {
    const before = this.#seen
    this.#seen = undefined
    const texts = await this.#read()
    this.#seen = texts
    return areSame(texts, this.#taken) || !areSame(texts, before) ? undefined : this.#take(texts, now)
  }

  #take(texts: Texts, now: Millis): ServerCertificate {
    try {
      const certificate = readServerCertificate(texts.certificate, texts.key, now)
      this.#taken = texts
      return certificate
    } catch (error) {
      if (!(error instanceof CertificateProblem)) throw error
      const path = error instanceof KeyProblem ? this.#paths.key : this.#paths.certificate
      throw new OperatorError(`The file ${path} ${error.message}.`)
    }
  }

  async #read(): Promise<Texts> {
    const { certificate, key } = this.#paths
    return { certificate: await readText(certificate), key: await readText(key) }
  }
}

const areSame = (one: Texts, other: Texts | undefined) =>
  one.certificate === other?.certificate && one.key === other.key

async function readText(path: string): Promise<string> {
  try {
    const stats = await stat(path)
    // A pipe would keep the server waiting, and a device such as /dev/zero never ends.
    if (!stats.isFile()) throw new Error('it is not a regular file')
    if (stats.size > bytesMax) throw new Error(`it has more than ${bytesMax} bytes`)
    return await readFile(path, 'utf8')
  } catch (error) {
    throw new OperatorError(`The file ${path} cannot be read: ${(error as Error).message}.`)
  }
}
