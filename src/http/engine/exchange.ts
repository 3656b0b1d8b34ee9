import type { Exchange, Headers, Reply, RequestHead } from './handler.ts'
import type { Head } from './head.ts'

/** The connection of a request, as the request needs it. */
export interface ExchangeOwner<Facts> {
  readonly facts: Facts
  readonly clientGone: () => AbortSignal
  /** Called when a request has its reply. */
  replied(reply: Reply): void
}

const noHeaders: Headers = {}

/** A request in the queue of its connection. Data that is refused has a place in it, too, and no head. */
export class QueuedExchange<Facts> implements Exchange<Facts> {
  readonly #owner: ExchangeOwner<Facts>
  readonly #head: Head | undefined
  /** The request after it on the same connection. */
  next: QueuedExchange<Facts> | undefined = undefined
  reply: Reply | undefined = undefined
  /** Whether the connection closes after the reply. */
  closes: boolean
  /** Whether the client may still be sending when it closes. */
  lingers = false
  /** Whether the client waits for `100 Continue`. */
  awaitsContinue = false

  constructor(owner: ExchangeOwner<Facts>, head: Head | undefined) {
    this.#owner = owner
    this.#head = head
    this.closes = head?.keepsAlive !== true
  }

  get method(): string {
    return this.#head?.method ?? ''
  }

  get target(): string {
    return this.#head?.target ?? ''
  }

  get headers(): Headers {
    return this.#head?.headers ?? noHeaders
  }

  get repeated(): RequestHead['repeated'] {
    return this.#head?.repeated
  }

  get facts(): Facts {
    return this.#owner.facts
  }

  get clientGone(): () => AbortSignal {
    return this.#owner.clientGone
  }

  /** Closes the connection after the reply, while the client may still be sending. */
  closeAfterwards(): void {
    this.closes = true
    this.lingers = true
  }

  answer(reply: Reply): void {
    // A refusal, such as a time-out, may have come first.
    if (this.reply !== undefined) return
    this.reply = reply
    this.#owner.replied(reply)
  }
}
