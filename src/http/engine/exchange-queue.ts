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
  /** Whether each character of the text that was rendered last is one byte. Header lines are ASCII. */
  isLatin1 = true

  /** Whether the reply of the first request is there. */
  get isReady(): boolean {
    return this.#first?.reply !== undefined
  }

  append(owner: ExchangeOwner<Facts>, head: Head | undefined): QueuedExchange<Facts> {
    const exchange = new QueuedExchange(owner, head)
    if (this.#last === undefined) this.#first = exchange
    else this.#last.next = exchange
    this.#last = exchange
    this.count++
    return exchange
  }

  /**
   * Removes the requests whose reply has its turn, and returns the text of these replies. A binary reply is alone in its text,
   * because the text of others may be UTF-8. `isLast` says whether the connection closes after the last request of the queue.
   */
  render(replies: ReplyRenderer, isLast: boolean): string {
    let text = ''
    this.rendered = undefined
    this.isLatin1 = true
    let exchange = this.#first
    let isBinary = false
    while (exchange?.reply !== undefined && !isBinary) {
      isBinary = exchange.reply.isBinary === true
      if (isBinary && text !== '') break
      this.#removeFirst(exchange)
      if (isLast && this.#first === undefined) exchange.closes = true
      const { body } = exchange.reply
      const sizeBytes = isBinary ? body.length : Buffer.byteLength(body)
      if (sizeBytes !== body.length) this.isLatin1 = false
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
