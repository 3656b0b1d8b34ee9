import { sha256Stream } from '../../std/index.ts'
import type { SharesEnvelope } from './envelope.ts'
import { RootKeyProblem } from './problem.ts'
import type { Given } from './provider.ts'
import { parseShare } from './share-text.ts'

/** How many different shares were given, and how many are needed. */
export interface ShareCount {
  readonly have: number
  readonly need: number
}

/** Collects the shares of a root key until there are enough. A share that does not belong to them changes nothing. */
export class ShareCollector {
  readonly #envelope: SharesEnvelope
  readonly #byDigest = new Map<string, Buffer>()

  constructor(envelope: SharesEnvelope) {
    this.#envelope = envelope
  }

  get count(): ShareCount {
    return { have: this.#byDigest.size, need: this.#envelope.threshold }
  }

  /** Adds the line of a share, which it wipes. More shares than are needed are not kept. Throws RootKeyProblem. */
  add(line: Buffer): ShareCount {
    try {
      const share = parseShare(line)
      try {
        this.#add(share.quorum, share.number, share.bytes)
      } catch (error) {
        share.bytes.fill(0)
        throw error
      }
      return this.count
    } finally {
      line.fill(0)
    }
  }

  #add(quorum: string, number: number, bytes: Buffer): void {
    const { have, need } = this.count
    if (quorum !== this.#envelope.quorum)
      throw new RootKeyProblem(
        'ForeignShare',
        `The share is one of quorum ${quorum}, and the root key needs shares of quorum ${this.#envelope.quorum}. It may be from before the last change of the root key, or from a different server.`,
      )
    const digest = digestOfShare(quorum, bytes)
    if (this.#byDigest.has(digest))
      throw new RootKeyProblem('ShareTwice', `Share ${number} was given already: ${have} of ${need} shares.`)
    if (!this.#envelope.digests.includes(digest))
      throw new RootKeyProblem(
        'WrongShare',
        `Share ${number} is not one of the shares that were made: its bytes were changed. It was not counted: ${have} of ${need} shares.`,
      )
    if (have < need) this.#byDigest.set(digest, bytes)
    else bytes.fill(0)
  }

  /** Wipes the shares that were given. */
  reset(): void {
    for (const bytes of this.#byDigest.values()) bytes.fill(0)
    this.#byDigest.clear()
  }

  /** Returns the shares for the provider, which wipes them. The collector is empty afterwards. */
  take(): Given {
    const shares = [...this.#byDigest.values()]
    this.#byDigest.clear()
    return { shares }
  }
}

/** Returns the digest that an envelope has of a share, in base64. */
export function digestOfShare(quorum: string, bytes: Uint8Array): string {
  const digest = sha256Stream()
  digest.update(Buffer.from(quorum))
  digest.update(bytes)
  return digest.digest().toString('base64')
}
