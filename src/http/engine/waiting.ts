let nextOrder = 0

/** A connection as the lists of waiting connections see it. */
export abstract class Waiter {
  list: WaitingList | undefined
  earlier: Waiter | undefined
  later: Waiter | undefined
  /** The tick from which its time counts. */
  since = 0
  /** A number that grows from one that waits to the next, in all lists. */
  order = 0
  /** The tick at which the connection was retired; undefined if it was not. */
  retiredAt: number | undefined

  /** Whether the connection closes as soon as the requests that it has sent are answered. */
  get isRetired(): boolean {
    return this.retiredAt !== undefined
  }

  /** Called when it has waited as long as its list allows. */
  abstract timeOut(): void
  /** Closes the connection unless a request is on its way. */
  abstract endIfIdle(): void
  /** Ends the connection at once. */
  abstract cut(): void

  /** Waits in a list from now on, behind all others, and no longer in the one before. */
  waitIn(list: WaitingList, since: number): void {
    this.waitNowhere()
    this.since = since
    this.order = nextOrder++
    list.append(this)
  }

  waitNowhere(): void {
    this.list?.remove(this)
  }
}

/**
 * Connections that wait for the same thing, in the order in which they began. Adding and removing one costs the same
 * however many there are.
 */
export class WaitingList {
  readonly #timeoutTicks: number
  #first: Waiter | undefined
  #last: Waiter | undefined

  constructor(timeoutTicks: number) {
    this.#timeoutTicks = timeoutTicks
  }

  /** The one that has waited longest. */
  get first(): Waiter | undefined {
    return this.#first
  }

  append(waiter: Waiter): void {
    waiter.list = this
    waiter.earlier = this.#last
    if (this.#last === undefined) this.#first = waiter
    else this.#last.later = waiter
    this.#last = waiter
  }

  remove(waiter: Waiter): void {
    if (waiter.earlier === undefined) this.#first = waiter.later
    else waiter.earlier.later = waiter.later
    if (waiter.later === undefined) this.#last = waiter.earlier
    else waiter.later.earlier = waiter.earlier
    waiter.list = undefined
    waiter.earlier = undefined
    waiter.later = undefined
  }

  /** Reports to each that has waited too long. */
  sweep(now: number): void {
    let waiter = this.#first
    while (waiter !== undefined) {
      const { later } = waiter
      if (now - waiter.since >= this.#timeoutTicks) waiter.timeOut()
      waiter = later
    }
  }
}
