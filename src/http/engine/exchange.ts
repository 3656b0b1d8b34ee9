import type { Exchange, Headers, Reply, RequestHead } from './handler.ts'
import type { Head } from './head.ts'

/** The connection of a request, as the request needs it. */
export interface ExchangeOwner<Facts> {
  readonly facts: Facts
  readonly clientGone: () => AbortSignal
  /** Called when a request has its reply. */
  replied(): void
}

const noHeaders: Headers = {}

/** A request in the queue of its connection. */
export class QueuedExchange<Facts> implements Exchange<Facts> {
  readonly #owner: ExchangeOwner<Facts>
  readonly method: string
  readonly target: string
  readonly headers: Headers
  readonly repeated: RequestHead['repeated']
  readonly hasBody: boolean
  /** The request after it on the same connection. */
  next: QueuedExchange<Facts> | undefined = undefined
  reply: Reply | undefined = undefined
  /** Whether the connection closes after the reply. */
  closes: boolean
  /** Whether the client may still be sending when it closes. */
  lingers = false
  /** Whether the client waits for `100 Continue`. */
  awaitsContinue = false

  /** A request without a head is data that is refused: it needs a place in the order of answers, too. */
  constructor(owner: ExchangeOwner<Facts>, head: Head | undefined) {
    this.#owner = owner
    this.method = head?.method ?? ''
    this.target = head?.target ?? ''
    this.headers = head?.headers ?? noHeaders
    this.repeated = head?.repeated
    this.hasBody = head?.hasBody ?? false
    this.closes = head?.keepsAlive !== true
  }

  get facts(): Facts {
    return this.#owner.facts
  }

  get clientGone(): () => AbortSignal {
    return this.#owner.clientGone
  }

  answer(reply: Reply): void {
    // A refusal, such as a time-out, may have come first.
    if (this.reply !== undefined) return
    this.reply = reply
    this.#owner.replied()
  }
}
