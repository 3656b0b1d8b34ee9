/** Milliseconds since the Unix epoch. */
export type Millis = number

/** The only source of time. Everything else receives a clock, so that tests can control the time. */
export interface Clock {
  now(): Millis
}

/** The machine's clock. */
export const systemClock: Clock = { now: () => Date.now() }

/** Returns the milliseconds since some moment, with fractions, on a clock that nobody sets: for durations alone. */
export const monotonicMillis = (): number => performance.now()

/** A clock that can be set forward, for tests of behaviour that depends on time. It keeps running after that. */
export class AdjustableClock implements Clock {
  #aheadMillis = 0

  now(): Millis {
    return Date.now() + this.#aheadMillis
  }

  advance(millis: number): void {
    this.#aheadMillis += millis
  }
}
