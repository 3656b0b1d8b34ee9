/** Milliseconds since the Unix epoch. */
export type Millis = number

/** The only source of time: everything else is handed one, so that tests can hold the clock. */
export interface Clock {
  now(): Millis
}

export const systemClock: Clock = { now: () => Date.now() }

/** A clock that can be set forward, for tests of what time does. It runs on from where it was set to. */
export class AdjustableClock implements Clock {
  #aheadMillis = 0

  now(): Millis {
    return Date.now() + this.#aheadMillis
  }

  advance(millis: number): void {
    this.#aheadMillis += millis
  }
}
