import type { BodyRefusal } from './handler.ts'
import type { EngineLimits } from './limits.ts'
import type { Waiter, WaitingList } from './waiting.ts'

/** The bytes that all bodies that are being received take together: they are held before a client is authenticated. */
export class BodyBudget {
  readonly limits: EngineLimits
  heldSizeBytes = 0
  readonly #senders: WaitingList

  /** `senders` are the connections in the middle of a body. */
  constructor(limits: EngineLimits, senders: WaitingList) {
    this.limits = limits
    this.#senders = senders
  }

  /**
   * Whether the bodies have room. The connection that has been sending one longest gives way to `sender`: otherwise clients
   * that never finish their bodies would shut out all others.
   */
  hasRoomFor(sender: Waiter): boolean {
    while (this.heldSizeBytes > this.limits.bufferedBodiesMaxBytes) {
      const { first } = this.#senders
      if (first === undefined || first === sender) return false
      first.timeOut()
      if (this.#senders.first === first) return false
    }
    return true
  }
}

const emptyBody = Buffer.alloc(0)

/** Returns a copy of a whole body that is empty or one piece of data, as that of an SDK is. */
export function bodyInOnePiece(
  data: Buffer,
  pieces: readonly number[],
  sizeMaxBytes: number,
): Buffer | undefined {
  if (pieces.length === 0) return emptyBody
  const [start = 0, sizeBytes = 0] = pieces
  return pieces.length === 2 && sizeBytes <= sizeMaxBytes
    ? Buffer.from(data.subarray(start, start + sizeBytes))
    : undefined
}

const firstSizeBytes = 16 * 1024

/**
 * A body that arrives in pieces. The pieces are copied together as they arrive: a million separate pieces need a hundred
 * times the memory of the body.
 */
export class BodyBuffer {
  readonly #budget: BodyBudget
  readonly #declaredSizeBytes: number | undefined
  readonly #sender: Waiter
  #held = Buffer.alloc(0)
  #sizeBytes = 0

  /** `declaredSizeBytes` is undefined for a chunked body. */
  constructor(budget: BodyBudget, declaredSizeBytes: number | undefined, sender: Waiter) {
    this.#budget = budget
    this.#sender = sender
    this.#declaredSizeBytes = declaredSizeBytes
  }

  /** Returns why the body is refused before any of it is here; undefined if it is welcome. */
  refusal(): BodyRefusal | undefined {
    if ((this.#declaredSizeBytes ?? 0) > this.#budget.limits.bodySizeMaxBytes) return 'tooLarge'
    return this.#budget.hasRoomFor(this.#sender) ? undefined : 'tooManyBodies'
  }

  /** Adds a piece of data. Returns why the body is refused; undefined if it is not. */
  add(data: Buffer, start: number, sizeBytes: number): BodyRefusal | undefined {
    const total = this.#sizeBytes + sizeBytes
    if (total > this.#budget.limits.bodySizeMaxBytes) return 'tooLarge'
    if (total > this.#held.length) this.#enlarge(total)
    if (!this.#budget.hasRoomFor(this.#sender)) return 'tooManyBodies'
    data.copy(this.#held, this.#sizeBytes, start, start + sizeBytes)
    this.#sizeBytes = total
    return undefined
  }

  /** Adds pieces of data, given as starts and sizes. Returns why the body is refused; undefined if it is not. */
  addPieces(data: Buffer, pieces: readonly number[]): BodyRefusal | undefined {
    for (let index = 0; index < pieces.length; index += 2) {
      const refusal = this.add(data, pieces[index] as number, pieces[index + 1] as number)
      if (refusal !== undefined) return refusal
    }
    return undefined
  }

  /** Returns the body, which no longer counts. */
  take(): Buffer {
    const body = this.#held.subarray(0, this.#sizeBytes)
    this.release()
    return body
  }

  /** Forgets what has arrived. */
  release(): void {
    this.#hold(Buffer.alloc(0))
    this.#sizeBytes = 0
  }

  #enlarge(needed: number): void {
    const declared = this.#declaredSizeBytes
    // A declared length alone must not take the memory: the body may never arrive.
    const doubled = Math.max(needed, this.#held.length * 2, firstSizeBytes)
    const larger = Buffer.alloc(declared === undefined ? doubled : Math.min(declared, doubled))
    this.#held.copy(larger, 0, 0, this.#sizeBytes)
    this.#hold(larger)
  }

  #hold(buffer: Buffer<ArrayBuffer>): void {
    this.#budget.heldSizeBytes += buffer.length - this.#held.length
    this.#held = buffer
  }
}
