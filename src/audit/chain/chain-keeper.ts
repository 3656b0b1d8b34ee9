import type { Clock } from '../../std/index.ts'
import type { Follower } from '../follower/follower.ts'
import type { AuditLog } from '../log/audit-log.ts'
import { type AuditHead, renderHead, signedTextOf } from './audit-head.ts'
import type { SealedChain } from './block-line.ts'

/** A block without new records is closed after this time, so that the end of the log is sealed too. */
const idleMillis = 1000

/** The key that signs heads. */
export interface HeadSigner {
  /** Whether there is a key now. No head is due without one. A signer without this function always is ready. */
  isReady?(): boolean
  /** Makes the key if there is none. */
  prepare(): Promise<void>
  /** Signs with Ed25519 (RFC 8032). `key` is SHA-256 of the public key (SubjectPublicKeyInfo), in lower-case hex. */
  sign(text: string): Promise<{ readonly key: string; readonly signature: Buffer }>
}

const isReady = (signer: HeadSigner) => signer.isReady?.() !== false

/** The settings of a `ChainKeeper`, and the parts that it works with. */
export interface ChainKeeperOptions {
  readonly log: AuditLog
  readonly follower: Pick<Follower, 'drain'>
  readonly signer: HeadSigner
  readonly clock: Clock
  /** The least time between two heads. */
  readonly intervalMillis: number
  /** Gets each head that is on disk. */
  readonly onHead?: (head: AuditHead) => void
  readonly onFailure: (error: unknown) => void
}

/** Keeps the chain of a log: hands seals to the block lines, closes the last block when nothing comes, and signs heads. */
export class ChainKeeper {
  readonly #options: ChainKeeperOptions
  #sealed: SealedChain | undefined
  #headBlock = 0
  #writes = 0
  #idle: NodeJS.Timeout | undefined
  #pause: NodeJS.Timeout | undefined
  #signing: Promise<void> | undefined

  constructor(options: ChainKeeperOptions) {
    this.#options = options
  }

  /** Notes a write to the log. */
  wrote(): void {
    this.#writes++
    if (this.#idle === undefined) this.#closeWhenIdle()
  }

  /** Notes the chain up to a block that is sealed. */
  sealed(chain: SealedChain): void {
    this.#options.log.blocks.seal(chain)
    this.#sealed = chain
    this.signIfDue()
  }

  /** Signs the newest head if that is due. A signer that is ready only now gets the one that waited for it. */
  signIfDue(): void {
    if (this.#pause === undefined) this.#signIfDue()
  }

  /** Seals the end of the log and signs it. */
  async close(): Promise<void> {
    clearTimeout(this.#idle)
    clearTimeout(this.#pause)
    const { log, follower, signer, onFailure } = this.#options
    if (log.isFailing) return
    try {
      // A new key changes the database, whose state then belongs to what is sealed.
      if (isReady(signer)) await signer.prepare()
      await log.append()
      await log.closeBlock()
      await follower.drain()
      await this.#signing
      this.#signIfDue()
      await this.#signing
    } catch (error) {
      // The next start seals what is not sealed.
      onFailure(error)
    }
    clearTimeout(this.#idle)
    clearTimeout(this.#pause)
  }

  #closeWhenIdle(): void {
    const writes = this.#writes
    this.#idle = setTimeout(() => {
      this.#idle = undefined
      const { log } = this.#options
      if (this.#writes !== writes) this.#closeWhenIdle()
      else if (log.blocks.isOpen) log.closeBlock().catch(() => undefined)
    }, idleMillis).unref()
  }

  #signIfDue(): void {
    const sealed = this.#sealed
    const { log, signer, onFailure, intervalMillis } = this.#options
    const contentBlock = log.blocks.contentBlock
    const isDue = sealed !== undefined && sealed.sealed > this.#headBlock && contentBlock > this.#headBlock
    if (!isDue || log.isFailing || this.#signing !== undefined || !isReady(signer)) return
    this.#signing = this.#sign(sealed)
      .catch(onFailure)
      .finally(() => {
        this.#signing = undefined
      })
    clearTimeout(this.#pause)
    this.#pause = setTimeout(() => {
      this.#pause = undefined
      this.#signIfDue()
    }, intervalMillis).unref()
  }

  async #sign({ sealed: block, chain, records }: SealedChain): Promise<void> {
    const { log, signer, clock, onHead } = this.#options
    const { blocks } = log
    const time = new Date(clock.now()).toISOString()
    const unsigned = { stream: blocks.stream, head: blocks.head + 1, block, chain, records, time }
    const { key, signature } = await signer.sign(signedTextOf(unsigned))
    const head = { ...unsigned, key, signature: signature.toString('base64') }
    await log.appendMeta(renderHead(head))
    // A number is used once: the head before it is on disk, or was cut from the log again.
    blocks.noteHead(head.head)
    this.#headBlock = block
    onHead?.(head)
  }
}
