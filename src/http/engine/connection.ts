import type { Socket } from 'node:net'
import { readDirectly } from '../../std/index.ts'
import { BodyBuffer, bodyInOnePiece } from './body-buffer.ts'
import { type EngineState, ticksOf } from './engine-state.ts'
import type { ExchangeOwner, QueuedExchange } from './exchange.ts'
import { Gone } from './gone.ts'
import type { BodyRefusal, Reply } from './handler.ts'
import { type Head, readHead } from './head.ts'
import { MessageParser } from './message-parser.ts'
import { ReplyWriter } from './reply-writer.ts'
import { type TurnTaker, turnSizeMaxBytes } from './turns.ts'
import { Waiter } from './waiting.ts'

/** A connection: the requests that it has sent, in their order, and what has arrived of the next one. */
export class Connection<Facts> extends Waiter implements ExchangeOwner<Facts>, TurnTaker {
  readonly facts: Facts
  readonly clientGone = () => this.#gone.signal
  readonly #state: EngineState<Facts>
  readonly #socket: Socket
  readonly #parser: MessageParser
  readonly #writer: ReplyWriter<Facts>
  readonly #gone = new Gone()
  /** The last of the queue, while its body has not arrived whole. */
  #incoming: QueuedExchange<Facts> | undefined
  #head: Head | undefined
  #body: BodyBuffer | undefined
  /** The bytes of the current message, or those that were discarded. */
  #messageSizeBytes = 0
  /** Data that waits for its turn, and until there is room for its requests. */
  #rest: Buffer | undefined
  #isParsing = false
  /** Whether further data is discarded. */
  #isDeaf = false
  #isInputEnded = false
  #isEnding = false
  #isClosed = false

  constructor(state: EngineState<Facts>, socket: Socket, facts: Facts) {
    super()
    this.#state = state
    this.#socket = socket
    this.facts = facts
    this.#parser = new MessageParser(state.core)
    this.#writer = new ReplyWriter(state, socket, () => this.cut())
    state.open.add(this)
    this.waitIn(state.silent, state.ticks)
    const receive = (data: Buffer) => this.#receive(data)
    if (!readDirectly(socket, receive)) socket.on('data', receive)
    socket.on('end', () => this.#inputEnds())
    socket.on('drain', () => this.#work())
    socket.on('close', () => this.#closed())
    // A reset is followed by 'close'.
    socket.on('error', () => this.cut())
    socket.resume()
  }

  /** Called when the connection is retired: closes it unless a request is on its way. */
  endIfIdle(): void {
    if (this.#isUnused) this.#end(false)
  }

  /** Whether data is here that has not had its turn. */
  get #isTurnDue(): boolean {
    return this.#rest !== undefined && this.#mayParse
  }

  /** Whether data is parsed. The rest of a request that has begun always is, since the request itself counts as unanswered. */
  get #mayParse(): boolean {
    return !this.#isDeaf && (this.#incoming !== undefined || !this.#writer.isFull)
  }

  get #isUnused(): boolean {
    return this.list === this.#state.idle || this.list === this.#state.silent
  }

  cut(): void {
    this.#socket.destroy()
    this.#closed()
  }

  timeOut(): void {
    const { inHead, inBody, closing, ticks, limits } = this.#state
    if (this.#isTurnDue) return
    // An answer of which a part has not left yet has as much time as a request.
    const isStillSending = this.list === closing && this.#socket.writableLength > 0
    if (this.list === inHead || this.list === inBody) {
      this.#refuse(408)
      this.#work()
    } else if (!isStillSending || ticks - this.since >= ticksOf(limits.requestTimeoutMillis)) this.cut()
  }

  replied(reply: Reply): void {
    this.#writer.add(reply)
    // Answers that are given while data is parsed leave together, afterwards.
    if (!this.#isParsing) this.#work()
  }

  #receive(data: Buffer): void {
    if (this.#isDeaf) this.#discard(data.length)
    else if (this.#rest !== undefined) this.#rest = Buffer.concat([this.#rest, data])
    // Data may arrive while a request is taken, on a socket that is not one of the operating system.
    else if (this.#isParsing) this.#rest = Buffer.from(data)
    else {
      if (data.length <= turnSizeMaxBytes) this.#parse(data)
      else this.#keep(data)
      this.#work()
    }
  }

  takeTurn(): void {
    const rest = this.#rest
    if (rest === undefined || !this.#isTurnDue) return
    this.#rest = rest.length > turnSizeMaxBytes ? rest.subarray(turnSizeMaxBytes) : undefined
    this.#parse(rest.subarray(0, turnSizeMaxBytes))
    this.#work()
  }

  #keep(data: Buffer): void {
    this.#rest = this.#rest === undefined ? Buffer.from(data) : Buffer.concat([data, this.#rest])
    this.#socket.pause()
  }

  /** Writes the answers that are ready, reads on if there is room again, and then waits for whatever comes next. */
  #work(): void {
    this.#writeReplies()
    if (this.#isEnding) return
    if (this.#isTurnDue) this.#state.turns.ask(this)
    if (this.#rest === undefined || this.#isDeaf) {
      this.#rest = undefined
      if (this.#socket.isPaused()) this.#socket.resume()
      if (this.#isInputEnded && !this.#isDeaf) this.#finishInput()
    }
    this.#wait()
  }

  #parse(data: Buffer): void {
    let at = 0
    this.#isParsing = true
    try {
      while (at < data.length && this.#mayParse) {
        const sizeBytes = this.#parser.parse(data, at)
        at += sizeBytes
        this.#messageSizeBytes += sizeBytes
        this.#advance(data)
      }
    } catch (error) {
      this.cut()
      throw error
    } finally {
      this.#isParsing = false
    }
    if (at === data.length || this.#isClosed) return
    if (this.#isDeaf) this.#discard(data.length - at)
    else this.#keep(data.subarray(at))
  }

  /** Acts on what the parser has found in data. */
  #advance(data: Buffer): void {
    const { outcome, isHeadDone } = this.#parser
    const isWhole = outcome === 'message'
    if (outcome === 400 || outcome === 431) this.#refuse(outcome)
    else if (isHeadDone && (this.#incoming !== undefined || this.#begin(isWhole))) {
      const body = this.#receiveBody(data, isWhole)
      if (body !== undefined && !this.#isClosed) this.#take(body)
      else if (this.#messageSizeBytes > this.#state.limits.discardedSizeMaxBytes) this.cut()
    }
  }

  /** Puts the request whose head is complete into the queue. Returns false if it is refused. */
  #begin(isWhole: boolean): boolean {
    const head = readHead(this.#parser)
    if (head === undefined) {
      this.#refuse(400)
      return false
    }
    const exchange = this.#writer.queue.append(this, head)
    this.#incoming = exchange
    this.#head = head
    if (this.#state.isOverdue(this)) exchange.closeAfterwards()
    const isContinueAwaited = head.expectation === '100-continue'
    if (head.expectation !== undefined && !isContinueAwaited) {
      this.#refuse(417)
      return false
    }
    if (isWhole) return true
    const judged = this.#state.handler.judgeHead?.(exchange)
    if (judged !== undefined) {
      this.#refuseWith(exchange, judged === 'refused' ? undefined : judged)
      return false
    }
    this.#body = new BodyBuffer(this.#state.bodies, head.contentLengthBytes, this)
    const refusal = this.#body.refusal()
    if (refusal !== undefined) this.#refuseBody(exchange, refusal)
    else exchange.awaitsContinue = isContinueAwaited
    return refusal === undefined
  }

  /** Returns the body when it is whole. */
  #receiveBody(data: Buffer, isWhole: boolean): Buffer | undefined {
    const { pieces } = this.#parser
    const { bodies } = this.#state
    if (this.#body === undefined) {
      const body = bodyInOnePiece(data, pieces, bodies.limits.bodySizeMaxBytes)
      if (body !== undefined) return body
      this.#body = new BodyBuffer(bodies, this.#head?.contentLengthBytes, this)
    }
    const refusal = this.#body.addPieces(data, pieces)
    if (refusal !== undefined) this.#refuseBody(this.#incoming as QueuedExchange<Facts>, refusal)
    return refusal === undefined && isWhole ? this.#body.take() : undefined
  }

  #take(body: Buffer): void {
    const exchange = this.#incoming as QueuedExchange<Facts>
    this.#incoming = undefined
    this.#head = undefined
    this.#body = undefined
    this.#messageSizeBytes = 0
    this.#parser.next()
    // Nothing that comes after the last request is looked at.
    this.#isDeaf = exchange.closes
    this.waitNowhere()
    this.#state.handler.take(exchange, body)
  }

  #refuse(status: number): void {
    const headerLines = this.#state.handler.refusalHeaderLines()
    this.#refuseWith(this.#incoming ?? this.#writer.queue.append(this, undefined), {
      status,
      headerLines,
      body: '',
    })
  }

  #refuseBody(exchange: QueuedExchange<Facts>, refusal: BodyRefusal): void {
    this.#refuseWith(exchange, this.#state.handler.refuseBody(exchange, refusal))
  }

  /** Gives the last reply of the connection, now or later. The client may still be sending, and that is discarded. */
  #refuseWith(exchange: QueuedExchange<Facts>, reply: Reply | undefined): void {
    exchange.reply = reply
    exchange.closeAfterwards()
    exchange.awaitsContinue = false
    this.#incoming = undefined
    this.#body?.release()
    this.#isDeaf = true
  }

  /** Writes the replies whose turn it is, with one call. */
  #writeReplies(): void {
    if (this.#isEnding) return
    const isInputOver = this.#isInputEnded && this.#incoming === undefined
    const last = this.#writer.write(this.#rest === undefined && (this.isRetired || isInputOver))
    if (last?.closes === true && !this.#isClosed) this.#end(last.lingers)
  }

  /** Closes the connection as soon as everything has been written. */
  #end(lingers: boolean): void {
    this.#isEnding = true
    this.#isDeaf = true
    this.#rest = undefined
    this.waitIn(this.#state.closing, this.#state.ticks)
    // A client whose connection is cut while it sends may never read the answer: its data would be answered with a reset.
    if ((lingers || (this.isRetired && !this.#state.isClosing)) && !this.#isInputEnded) {
      this.#socket.end()
      this.#socket.resume()
    } else this.#socket.destroySoon()
  }

  /** Puts the connection into the list of those that wait for the same. */
  #wait(): void {
    if (this.#isEnding) return
    if (this.#isTurnDue) {
      // It has sent more, and now waits for the server.
      if (this.#isUnused) this.waitNowhere()
      return
    }
    const { idle, inHead, inBody, ticks } = this.#state
    const areAnswersDue = this.#writer.queue.count > (this.#incoming === undefined ? 0 : 1)
    if (areAnswersDue) this.waitNowhere()
    else if (this.#incoming !== undefined) {
      if (this.list !== inBody) this.waitIn(inBody, this.list === inHead ? this.since : ticks)
    } else if (this.#parser.isInHead) {
      if (this.list !== inHead) this.waitIn(inHead, ticks)
    } else if (this.list === undefined) this.waitIn(idle, ticks)
  }

  #inputEnds(): void {
    this.#isInputEnded = true
    if (this.#isEnding) this.#socket.destroySoon()
    else this.#work()
  }

  /** Acts on the end of what the client sends: its whole requests are still answered. */
  #finishInput(): void {
    if (this.#incoming !== undefined || this.#parser.isInHead) {
      this.#refuse(400)
      this.#writeReplies()
    } else if (this.#writer.queue.count === 0) this.#end(false)
  }

  #discard(sizeBytes: number): void {
    this.#messageSizeBytes += sizeBytes
    if (this.#messageSizeBytes > this.#state.limits.discardedSizeMaxBytes) this.cut()
  }

  #closed(): void {
    if (this.#isClosed) return
    this.#isClosed = true
    this.#isEnding = true
    this.#isDeaf = true
    this.#rest = undefined
    this.waitNowhere()
    this.#state.turns.forget(this)
    this.#writer.release()
    this.#body?.release()
    this.#parser.free()
    this.#state.remove(this)
    this.#gone.happen()
  }
}
