import {
  furtherRequests,
  hasKeyQuota,
  type KeySpec,
  keyRequestQuota,
  type RequestQuota,
  requestQuota,
  type Scope,
  ServiceError,
} from '../domain/index.ts'
import type { Clock } from '../std/index.ts'

interface Bucket {
  readonly perSecond: number
  tokens: number
  filledAt: number
}

/**
 * The request quotas: for each account, region and pool a bucket that holds one second's requests and fills at the quota's
 * rate. Calls count against the account of the caller, also those that fail (AWS KMS developer guide, "Request quotas").
 */
export class Throttle {
  readonly #clock: Clock
  /** Rates that differ from AWS's defaults, by the operation or pool they are for. */
  readonly #rates: ReadonlyMap<string, number>
  readonly #buckets = new Map<string, Bucket>()

  constructor(clock: Clock, rates: ReadonlyMap<string, number>) {
    this.#clock = clock
    this.#rates = rates
  }

  /** Counts a call by its operation. Throws ThrottlingException. */
  count(scope: Scope, operation: string): void {
    this.#take(scope, requestQuota(operation, scope.region))
  }

  /** Counts what a call takes in other regions. Throws ThrottlingException. */
  countElsewhere({ accountId }: Scope, operation: string, input: unknown): void {
    for (const further of furtherRequests(operation, input as Parameters<typeof furtherRequests>[1])) {
      this.#take({ accountId, region: further.region }, requestQuota(further.operation, further.region))
    }
  }

  /** Counts a call that failed before its key was known, as one with a symmetric key. */
  countFailed(scope: Scope, operation: string): void {
    if (!hasKeyQuota(operation)) return
    const bucket = this.#bucketOf(
      scope,
      keyRequestQuota(operation, 'SYMMETRIC_DEFAULT', undefined, scope.region),
    )
    if (bucket !== undefined && bucket.tokens >= 1) bucket.tokens--
  }

  /** Counts a call whose quota depends on its key. Throws ThrottlingException. */
  countKey(scope: Scope, operation: string, keySpec: KeySpec, input: unknown): void {
    const { KeyPairSpec: keyPairSpec } = input as { KeyPairSpec?: string }
    this.#take(scope, keyRequestQuota(operation, keySpec, keyPairSpec, scope.region))
  }

  #take(scope: Scope, quota: RequestQuota | undefined): void {
    const bucket = this.#bucketOf(scope, quota)
    if (bucket === undefined) return
    if (bucket.tokens < 1) {
      throw new ServiceError(
        'ThrottlingException',
        'You have exceeded the rate at which you may call KMS. Reduce the frequency of your calls.',
        { reason: `${quota?.pool}: ${bucket.perSecond} per second` },
      )
    }
    bucket.tokens--
  }

  /** The bucket of a quota, filled up to now. */
  #bucketOf({ accountId, region }: Scope, quota: RequestQuota | undefined): Bucket | undefined {
    if (quota === undefined) return undefined
    const perSecond = this.#rates.get(quota.pool) ?? quota.perSecond
    const now = this.#clock.now()
    const name = `${accountId} ${region} ${quota.pool}`
    const bucket = this.#buckets.get(name) ?? { perSecond, tokens: perSecond, filledAt: now }
    this.#buckets.set(name, bucket)
    const elapsedMillis = Math.max(0, now - bucket.filledAt)
    bucket.tokens = Math.min(perSecond, bucket.tokens + (elapsedMillis * perSecond) / 1000)
    bucket.filledAt = now
    return bucket
  }
}
