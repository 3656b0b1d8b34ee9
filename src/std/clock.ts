/** Milliseconds since the Unix epoch. */
export type Millis = number

/** Returns a time to the second, without fractions: `2026-11-30T12:05:09Z` (ISO 8601, extended format). */
export const isoSecond = (time: Millis): string => `${new Date(time).toISOString().slice(0, 19)}Z`

/** Returns a time as Signature Version 4 signs it: `20261130T120509Z` (ISO 8601, basic format). */
export const basicDate = (time: Millis): string => isoSecond(time).replaceAll(/[:-]/g, '')

/** The only source of time. Everything else receives a clock, so that tests can control the time. */
export interface Clock {
  now(): Millis
}

/** The machine's clock. */
export const systemClock: Clock = { now: () => Date.now() }

/** Returns the milliseconds since some moment, with fractions, on a clock that nobody sets: for durations alone. */
export const monotonicMillis = (): number => performance.now()

/** The milliseconds since the Unix epoch at which `monotonicMillis` began, by the machine's clock as it was last. */
let monotonicOrigin = performance.timeOrigin

/**
 * Returns a function that turns moments of `monotonicMillis` into nanoseconds since the Unix epoch, by the machine's clock as
 * it is now. They are texts, because a number has no room for them.
 */
export function unixNanosByMoment(): (moment: number) => string {
  // The clock says whole milliseconds. It is followed only if somebody has set it.
  const ahead = Date.now() + 0.5 - (monotonicOrigin + performance.now())
  if (Math.abs(ahead) > 1) monotonicOrigin += ahead
  const origin = monotonicOrigin
  return moment => {
    const at = origin + moment
    const millis = Math.floor(at)
    return `${millis}${String(Math.floor((at - millis) * 1e6)).padStart(6, '0')}`
  }
}

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
