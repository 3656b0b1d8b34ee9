import type { LogPosition } from '../../audit/index.ts'
import type { Hsm } from '../../hsm/index.ts'
import type { Clock, Millis } from '../../std/index.ts'
import type { DeliveredFile, DigestReference, PendingObject, Store, TrailChain } from '../../store/index.ts'
import type { ObjectStore } from '../objects/object-store.ts'

/** Everything that the delivery of trails needs. */
export interface DeliveryOptions {
  readonly store: Store
  readonly hsm: Hsm
  readonly clock: Clock
  /** The audit log: the end of what is durable, and a line of its own. */
  readonly log: {
    readonly position: LogPosition
    appendMeta(line: string): Promise<void>
    /** Resolves when everything before the position is on disk. */
    sync(): Promise<void>
  }
  /** The directory of the audit log. */
  readonly directory: string
  /** The Regions that the server serves. */
  readonly regions: readonly string[]
  /** The account to which the keys of the server are bound. */
  readonly accountId: string
  readonly objects: ObjectStore
  readonly fileIntervalMillis: number
  readonly digestIntervalMillis: number
  /** Gets the outcome of each attempt to put an object. */
  readonly onPut: (kind: PendingObject['kind'], succeeded: boolean) => void
  /** Reports a delivery that failed, and will be tried again. */
  readonly onFailure: (error: unknown, facts: DeliveryFacts) => void
}

/** The delivery that a message is about. */
export interface DeliveryFacts {
  readonly trail: string
  readonly region: string
  readonly object?: string
}

/** A line of the audit log about a delivered log file. */
export interface LogFileLine {
  readonly chain: TrailChain
  readonly file: DeliveredFile
}

/** A line of the audit log about a delivered digest. */
export interface DigestLine {
  readonly chain: TrailChain
  readonly digest: DigestReference
  readonly from: Millis
  readonly to: Millis
  readonly files: number
  /** Whether the chain ends with it. */
  readonly isLast: boolean
}

const isoTime = (time: Millis) => new Date(time).toISOString()

/** Returns the line that the audit log gets for a delivered log file: `keyward audit verify` compares buckets with it. */
export function renderLogFileLine({ chain, file }: LogFileLine, now: Millis): string {
  const { trailArn: trail, region } = chain
  const { bucket, object, hash: sha256, records } = file
  return JSON.stringify({
    auditDelivery: { kind: 'log', trail, region, bucket, object, sha256, records },
    time: isoTime(now),
  })
}

/** Returns the line that the audit log gets for a delivered digest. */
export function renderDigestLine(
  { chain, digest, from, to, files, isLast }: DigestLine,
  now: Millis,
): string {
  const { trailArn: trail, region, previous } = chain
  const { bucket, object, hash: sha256, signature } = digest
  return JSON.stringify({
    auditDelivery: {
      kind: 'digest',
      trail,
      region,
      bucket,
      object,
      sha256,
      from: isoTime(from),
      to: isoTime(to),
      files,
      previous: previous?.hash ?? null,
      last: isLast,
      signature,
    },
    time: isoTime(now),
  })
}
