/** Milliseconds since the Unix epoch. */
export type Millis = number

/** The only source of time: everything else is handed one, so that tests can hold the clock. */
export interface Clock {
  now(): Millis
}

export const systemClock: Clock = { now: () => Date.now() }
