/** The limits of an `Engine`. Each name ends with its unit. */
export interface EngineLimits {
  /** Open connections. Above it, the one that has waited longest gives way. */
  readonly connectionsMax: number
  /** Bytes of the request line and the headers of a request; separately, bytes of the trailers after a body. */
  readonly headSizeMaxBytes: number
  /** Headers of a request; separately, trailers after a body. */
  readonly headersMax: number
  /** The time from the first byte of a request, or from the start of the connection, to the end of the head. */
  readonly headersTimeoutMillis: number
  /** The time from the first byte of a request to the end of its body. */
  readonly requestTimeoutMillis: number
  /** The time that a connection may wait for its next request. */
  readonly keepAliveTimeoutMillis: number
  /** Requests of a connection that wait for an answer. Above it, the connection is not read. */
  readonly unansweredMax: number
  readonly bodySizeMaxBytes: number
  /** The sum of all bodies that are being received. Above it, the one that has been arriving longest gives way. */
  readonly bufferedBodiesMaxBytes: number
  /** The sum of all answers that wait for clients to read. Above it, the connection that holds most is cut. */
  readonly bufferedAnswersMaxBytes: number
  /** Bytes of a request that are received, kept or discarded, before the connection is cut. */
  readonly discardedSizeMaxBytes: number
}

/** The default of a limit, and the bounds of its setting. */
export interface LimitRow {
  readonly fallback: number
  readonly min: number
  readonly max: number
}

const [second, minute, kibi, mebi] = [1000, 60_000, 1024, 1024 * 1024]

/** The limits with their defaults and bounds. */
export const engineLimitRows: Readonly<Record<keyof EngineLimits, LimitRow>> = {
  connectionsMax: { fallback: 10_000, min: 1, max: 1_000_000 },
  headSizeMaxBytes: { fallback: 32 * kibi, min: kibi, max: mebi },
  headersMax: { fallback: 100, min: 10, max: 1000 },
  headersTimeoutMillis: { fallback: 10 * second, min: second, max: 60 * minute },
  requestTimeoutMillis: { fallback: 30 * second, min: second, max: 60 * minute },
  keepAliveTimeoutMillis: { fallback: 65 * second, min: second, max: 60 * minute },
  unansweredMax: { fallback: 100, min: 1, max: 10_000 },
  // Larger than any request of AWS KMS; the largest requests hold an attestation document or a policy.
  bodySizeMaxBytes: { fallback: mebi, min: 64 * kibi, max: 16 * mebi },
  bufferedBodiesMaxBytes: { fallback: 256 * mebi, min: mebi, max: 16 * 1024 * mebi },
  bufferedAnswersMaxBytes: { fallback: 64 * mebi, min: mebi, max: 16 * 1024 * mebi },
  discardedSizeMaxBytes: { fallback: 64 * mebi, min: mebi, max: 1024 * mebi },
}

/** The limits where nothing else is set. */
export const engineLimitDefaults = Object.fromEntries(
  Object.entries(engineLimitRows).map(([name, { fallback }]) => [name, fallback]),
) as unknown as EngineLimits
