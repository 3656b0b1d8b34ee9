import { monotonicMillis } from '../../std/index.ts'

/**
 * Calls back when the oldest of several things under way takes too long. A thing that begins usually moves a time alone: timers cost more than
 * a fast token needs for its work.
 */
export class Watch {
  readonly #tooLate: (millis: number) => void
  #limit = 0
  #due = Number.POSITIVE_INFINITY
  #timer: NodeJS.Timeout | undefined
  #timerDue = 0

  constructor(tooLate: (millis: number) => void) {
    this.#tooLate = tooLate
  }

  /** The oldest thing begins now, and may take so long. */
  begin(limitMillis: number): void {
    const now = monotonicMillis()
    this.#limit = limitMillis
    this.#due = now + limitMillis
    if (this.#timer !== undefined && this.#timerDue <= this.#due) return
    clearTimeout(this.#timer)
    this.#arm(now)
  }

  /** Nothing is under way. */
  end(): void {
    this.#due = Number.POSITIVE_INFINITY
  }

  #arm(now: number): void {
    this.#timerDue = this.#due
    this.#timer = setTimeout(() => this.#check(), this.#due - now)
    // The process that is watched keeps this one alive.
    this.#timer.unref()
  }

  #check(): void {
    this.#timer = undefined
    if (this.#due === Number.POSITIVE_INFINITY) return
    const now = monotonicMillis()
    if (now < this.#due) this.#arm(now)
    else this.#tooLate(this.#limit)
  }
}
