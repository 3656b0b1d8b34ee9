import { Buffer } from 'node:buffer'
import { type ExchangeOwner, QueuedExchange } from './exchange.ts'
import type { Head } from './head.ts'
import { continueText, type ReplyRenderer } from './replies.ts'

/** The requests of a connection whose answers have not been written, in the order in which they came. */
export class ExchangeQueue<Facts> {
  #first: QueuedExchange<Facts> | undefined
  #last: QueuedExchange<Facts> | undefined
  count = 0
  /** The last request whose reply was rendered. */
  rendered: QueuedExchange<Facts> | undefined
  /** Whether the text that was rendered last has as many bytes as characters. Header lines always have. */
  isAscii = true

  append(owner: ExchangeOwner<Facts>, head: Head | undefined): QueuedExchange<Facts> {
    const exchange = new QueuedExchange(owner, head)
    if (this.#last === undefined) this.#first = exchange
    else this.#last.next = exchange
    this.#last = exchange
    this.count++
    return exchange
  }

  /**
   * Removes the requests whose reply has its turn, and returns the text of these replies. `isLast` says
   * whether the connection closes after the last request of the queue.
   */
  render(replies: ReplyRenderer, isLast: boolean): string {
    let text = ''
    this.rendered = undefined
    this.isAscii = true
    let exchange = this.#first
    while (exchange?.reply !== undefined) {
      this.#removeFirst(exchange)
      if (isLast && this.#first === undefined) exchange.closes = true
      const { body } = exchange.reply
      const sizeBytes = Buffer.byteLength(body)
      if (sizeBytes !== body.length) this.isAscii = false
      text += replies.render(exchange.reply, sizeBytes, exchange.method === 'HEAD', exchange.closes)
      this.rendered = exchange
      exchange = this.#first
    }
    if (exchange?.awaitsContinue !== true) return text
    exchange.awaitsContinue = false
    return text + continueText
  }

  #removeFirst(first: QueuedExchange<Facts>): void {
    this.#first = first.next
    if (first.next === undefined) this.#last = undefined
    this.count--
  }
}
