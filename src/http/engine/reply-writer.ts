import type { Socket } from 'node:net'
import type { AnswerHolder } from './answer-budget.ts'
import type { EngineState } from './engine-state.ts'
import type { QueuedExchange } from './exchange.ts'
import { ExchangeQueue } from './exchange-queue.ts'
import type { Reply } from './handler.ts'

/**
 * The bytes of answers that a connection may have in the making. Nobody knows how large they become: the largest one before
 * counts for each, and before the first one `firstReplySizeBytes`.
 */
const inMakingMaxBytes = 1024 * 1024
const firstReplySizeBytes = 64 * 1024

/** The writing side of a connection: its requests in their order, and the answers that have not left. */
export class ReplyWriter<Facts> implements AnswerHolder {
  readonly queue = new ExchangeQueue<Facts>()
  readonly cut: () => void
  readonly #state: EngineState<Facts>
  readonly #socket: Socket
  #largestSizeBytes = 0
  /** The size of the bodies of replies that wait for earlier ones. */
  #waitingSizeBytes = 0
  heldSizeBytes = 0

  constructor(state: EngineState<Facts>, socket: Socket, cut: () => void) {
    this.#state = state
    this.#socket = socket
    this.cut = cut
  }

  /** Whether the client is slow to read its answers. */
  get #isBlocked(): boolean {
    return this.#socket.writableNeedDrain
  }

  /** Whether no further request may be taken until an answer has left. */
  get isFull(): boolean {
    const { count } = this.queue
    const inMakingSizeBytes = count * (this.#largestSizeBytes || firstReplySizeBytes)
    return (
      this.#isBlocked || count >= this.#state.limits.unansweredMax || inMakingSizeBytes > inMakingMaxBytes
    )
  }

  /** Takes note of a reply. It is written when all earlier ones are. */
  add({ body }: Reply): void {
    this.#waitingSizeBytes += body.length
    this.#largestSizeBytes = Math.max(this.#largestSizeBytes, body.length, 1)
  }

  /** Writes the replies whose turn it is, with one call unless some are binary. Returns the last of their requests. */
  write(isLast: boolean): QueuedExchange<Facts> | undefined {
    do {
      const text = this.queue.render(this.#state.replies, isLast)
      if (text === '') break
      // Node writes ASCII faster as Latin-1.
      this.#socket.write(text, this.queue.isLatin1 ? 'latin1' : 'utf8')
      this.#waitingSizeBytes = Math.max(0, this.#waitingSizeBytes - text.length)
    } while (this.queue.isReady)
    if (this.queue.count === 0) this.#waitingSizeBytes = 0
    this.#count(this.#waitingSizeBytes + (this.#isBlocked ? this.#socket.writableLength : 0))
    const { rendered } = this.queue
    // An idle connection must not keep the head of its last request in memory.
    this.queue.rendered = undefined
    return rendered
  }

  /** Called when the connection is closed. */
  release(): void {
    this.#count(0)
  }

  #count(heldSizeBytes: number): void {
    const before = this.heldSizeBytes
    this.heldSizeBytes = heldSizeBytes
    if (heldSizeBytes !== before) this.#state.answers.count(this, before)
  }
}
