import type { Millis } from '../../std/index.ts'
import { emptyChain, renderBlock, type SealedChain } from './block-line.ts'

const blockMillisMax = 200
const blockSizeMaxBytes = 1024 * 1024

/** Where the blocks of a log stand when it is opened. */
export interface OpenedBlocks {
  readonly stream: string
  /** The last block; 0 before the first one. */
  readonly block: number
  /** The number of the last head; 0 before the first one. */
  readonly head: number
  /** The chain that the last block line has. */
  readonly sealed: SealedChain
  /** Whether the last block has something that a seal is worth. */
  readonly hasContent: boolean
}

/** Decides where blocks begin, and makes their lines. It computes no digest: the follower reports what is sealed. */
export class Blocks {
  readonly stream: string
  #block: number
  #head: number
  #sealed: SealedChain
  /** The last block with more than lines of the chain itself. */
  #contentBlock: number
  #isBegun = false
  #beganAt: Millis = 0
  #sizeBytes = 0

  constructor({ stream, block, head, sealed, hasContent }: OpenedBlocks) {
    this.stream = stream
    this.#block = block
    this.#head = head
    this.#sealed = sealed
    this.#contentBlock = hasContent ? block : 0
  }

  /** The chain that the next block line has. */
  get sealed(): SealedChain {
    return this.#sealed
  }

  /** The last block with more than lines of the chain itself; 0 for none. */
  get contentBlock(): number {
    return this.#contentBlock
  }

  /** Whether the open block has something that a seal is worth. */
  get isOpen(): boolean {
    return this.#block > 0 && this.#contentBlock === this.#block
  }

  /** The number of the last head. */
  get head(): number {
    return this.#head
  }

  /** Returns the line that the next write must begin with; undefined if the open block goes on. */
  dueLine(now: Millis, isFileEmpty: boolean): string | undefined {
    const isOver =
      !this.#isBegun ||
      isFileEmpty ||
      this.#sizeBytes >= blockSizeMaxBytes ||
      Math.abs(now - this.#beganAt) >= blockMillisMax
    return isOver ? this.newLine(now) : undefined
  }

  /** Returns the line of a block that begins now. */
  newLine(now: Millis): string {
    const time = new Date(now).toISOString()
    return renderBlock({
      stream: this.stream,
      block: this.#block + 1,
      time,
      ...this.#sealed,
      head: this.#head,
    })
  }

  /** Notes a write that succeeded. */
  wrote(now: Millis, { sizeBytes, begins, hasContent }: WrittenLines): void {
    if (begins) {
      this.#block++
      this.#isBegun = true
      this.#beganAt = now
      this.#sizeBytes = 0
    }
    this.#sizeBytes += sizeBytes
    if (hasContent) this.#contentBlock = this.#block
  }

  /** Notes the chain up to a block that the follower has sealed. */
  seal(chain: SealedChain): void {
    if (chain.sealed > this.#sealed.sealed) this.#sealed = chain
  }

  /** Notes a head that is on disk. */
  noteHead(head: number): void {
    this.#head = head
  }
}

/** The facts of a write that `Blocks.wrote` needs. */
interface WrittenLines {
  readonly sizeBytes: number
  /** Whether it began with a block line. */
  readonly begins: boolean
  /** Whether it had more than lines of the chain itself. */
  readonly hasContent: boolean
}

/** The blocks of a new log. */
export const noBlocks = (stream: string): OpenedBlocks => ({
  stream,
  block: 0,
  head: 0,
  sealed: emptyChain,
  hasContent: false,
})
