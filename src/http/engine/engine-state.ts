import { AnswerBudget } from './answer-budget.ts'
import { BodyBudget } from './body-buffer.ts'
import type { ExchangeOwner } from './exchange.ts'
import type { RequestHandler } from './handler.ts'
import type { EngineLimits } from './limits.ts'
import { Llhttp } from './llhttp.ts'
import { ParserCore } from './message-parser.ts'
import { ReplyRenderer } from './replies.ts'
import { Turns } from './turns.ts'
import { type Waiter, WaitingList } from './waiting.ts'

/** The time between two looks at the connections that wait. */
export const tickMillis = 500

/** The time that a client has to read a refusal and to close its side, before the connection is cut. */
const lingerMillis = 2000

/** The time that a client has to send its request once it has connected, or had an answer, before it can be missed. */
const newMillis = 2000

/** The time in which further requests of a retired connection are taken: they may have been on their way. */
const retiredMillis = 2000

/** A connection never waits shorter than its limit: it may begin just before a tick. */
export const ticksOf = (millis: number) => Math.ceil(millis / tickMillis) + 1

/** A connection as its engine sees it. */
export type OpenConnection<Facts> = Waiter & ExchangeOwner<Facts>

/** Connections that are to close. */
export interface Retirement<Facts> {
  /** The ones that are still open. */
  readonly left: Set<OpenConnection<Facts>>
  /** Called when the last one has closed. */
  readonly onEmpty: () => void
}

/** The state that the connections of an engine share. */
export class EngineState<Facts> {
  readonly handler: RequestHandler<Facts>
  readonly limits: EngineLimits
  readonly core: ParserCore
  readonly replies: ReplyRenderer
  readonly bodies: BodyBudget
  readonly answers: AnswerBudget
  readonly turns = new Turns()
  readonly open = new Set<OpenConnection<Facts>>()
  readonly retirements = new Set<Retirement<Facts>>()
  /** Connections that have not sent anything yet. */
  readonly silent: WaitingList
  /** Connections between two requests. */
  readonly idle: WaitingList
  /** Connections in the middle of a head. */
  readonly inHead: WaitingList
  /** Connections in the middle of a body. */
  readonly inBody: WaitingList
  /** Connections whose last answer is on its way. */
  readonly closing: WaitingList
  /** Whether no connection is taken any more. */
  isClosing = false
  /** Connections that have been served, that were cut to make room, and that found none. */
  readonly counts = { served: 0, evicted: 0, turnedAway: 0 }
  /** Counts time. It stands still while the process does, so that no client pays for what it could not know. */
  ticks = 0

  constructor(handler: RequestHandler<Facts>, limits: EngineLimits) {
    this.handler = handler
    this.limits = limits
    this.core = new ParserCore(new Llhttp(), Llhttp.readMethodNames(), limits)
    this.replies = new ReplyRenderer(handler.now, limits.keepAliveTimeoutMillis)
    this.answers = new AnswerBudget(limits.bufferedAnswersMaxBytes)
    this.silent = new WaitingList(ticksOf(limits.headersTimeoutMillis))
    this.idle = new WaitingList(ticksOf(limits.keepAliveTimeoutMillis))
    this.inHead = new WaitingList(ticksOf(limits.headersTimeoutMillis))
    this.inBody = new WaitingList(ticksOf(limits.requestTimeoutMillis))
    this.closing = new WaitingList(ticksOf(lingerMillis))
    this.bodies = new BodyBudget(limits, this.inBody)
  }

  /** Whether the next request of a connection is the last one: a client that never stops sending must not keep a retired connection. */
  isOverdue({ retiredAt }: Waiter): boolean {
    return retiredAt !== undefined && this.ticks - retiredAt >= ticksOf(retiredMillis)
  }

  remove(connection: OpenConnection<Facts>): void {
    this.open.delete(connection)
    for (const { left, onEmpty } of this.retirements)
      if (left.delete(connection) && left.size === 0) onEmpty()
  }

  /** One step of time: ends what has waited too long. */
  tick(): void {
    this.ticks++
    for (const list of [this.silent, this.idle, this.inHead, this.inBody, this.closing])
      list.sweep(this.ticks)
  }

  /**
   * Cuts the connection that can be missed most: the one that has been without a request longest, unless that is a short time;
   * then the one that has been sending a request or ending longest. If such clients made others give way before these can send
   * anything, nobody else would ever be served. A connection whose request is whole stays. Returns whether there was one.
   */
  evict(): boolean {
    const { silent, idle, closing, inHead, inBody, ticks } = this
    const unused = longestOf(silent, idle)
    const isNew = unused !== undefined && ticks - unused.since < ticksOf(newMillis)
    const unfinished = longestOf(closing, inHead, inBody)
    const victim = isNew ? (unfinished ?? unused) : (unused ?? unfinished)
    if (victim === undefined) return false
    this.counts.evicted++
    victim.cut()
    return true
  }
}

/** The one that has waited longest in any of the lists. */
function longestOf(...lists: readonly WaitingList[]): Waiter | undefined {
  return lists
    .map(({ first }) => first)
    .reduce((longest, first) => ((first?.order ?? Infinity) < (longest?.order ?? Infinity) ? first : longest))
}
