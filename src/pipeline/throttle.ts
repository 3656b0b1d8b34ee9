import { type KeySpec, type KmsKey, type RequestQuota, type Scope, ServiceError } from '../domain/index.ts'
import type { Call } from '../operation/index.ts'
import { byLabel, type Clock, type Metric, reading } from '../std/index.ts'

interface Bucket {
  readonly perSecond: number
  tokens: number
  filledAt: number
}

type Counted = Pick<Call, 'service' | 'operation'>

/**
 * The request quotas. Each account, Region and pool has a bucket, which holds the requests of one second and fills at
 * the rate of the quota. Calls count for the account of the caller, failed calls too (AWS KMS developer guide, "Request
 * quotas").
 */
export class Throttle {
  readonly #clock: Clock
  /** The rates that differ from AWS's defaults, by operation or pool. */
  readonly #rates: ReadonlyMap<string, number>
  readonly #buckets = new Map<string, Bucket>()
  /** The calls that were refused, by pool. */
  readonly #refused = new Map<string, number>()

  constructor(clock: Clock, rates: ReadonlyMap<string, number>) {
    this.#clock = clock
    this.#rates = rates
  }

  /** Returns the metrics of the calls that were refused. */
  metrics(): Metric[] {
    return [
      reading(
        'counter',
        'keyward_throttled_total',
        'Calls refused because a request quota was exceeded, by the pool of the quota.',
        () => byLabel('pool', this.#refused),
      ),
    ]
  }

  /** Counts a call against the quota of its operation. Throws ThrottlingException. */
  count(scope: Scope, call: Counted): void {
    this.#take(scope, call, call.service.requestQuotas?.ofOperation(call.operation.name, scope.region))
  }

  /** Counts a call against the quotas of other Regions. Throws ThrottlingException. */
  countElsewhere({ accountId }: Scope, call: Counted, input: unknown): void {
    const quotas = call.service.requestQuotas
    for (const { region, operation } of quotas?.furtherOf(call.operation.name, input) ?? []) {
      this.#take({ accountId, region }, call, quotas?.ofOperation(operation, region))
    }
  }

  /** Counts a call that failed before its key was known, as a call with a symmetric key. */
  countFailed(scope: Scope, { service, operation }: Counted): void {
    const quotas = service.requestQuotas
    if (quotas?.dependsOnKey(operation.name) !== true) return
    const quota = quotas.ofKey(operation.name, 'SYMMETRIC_DEFAULT', undefined, scope.region)
    const bucket = this.#bucketOf(scope, quota)
    if (bucket !== undefined && bucket.tokens >= 1) bucket.tokens--
  }

  /** Counts a call whose quota depends on its key. Throws ThrottlingException. */
  countKey(scope: Scope, call: Counted, keySpec: KeySpec, input: unknown): void {
    const { requestQuotas: quotas } = call.service
    this.#take(scope, call, quotas?.ofKey(call.operation.name, keySpec, input, scope.region))
  }

  /**
   * Counts a call against the quota of the custom key store of a key: all callers share it, whatever their account. Throws
   * ThrottlingException.
   */
  countCustomKeyStore(call: Counted, key: KmsKey): void {
    this.#take(key, call, call.service.requestQuotas?.ofCustomKeyStore(call.operation.name, key))
  }

  #take(scope: Scope, { service }: Counted, quota: RequestQuota | undefined): void {
    const bucket = this.#bucketOf(scope, quota)
    if (bucket === undefined) return
    if (bucket.tokens < 1) {
      const pool = quota?.pool ?? ''
      this.#refused.set(pool, (this.#refused.get(pool) ?? 0) + 1)
      throw new ServiceError('ThrottlingException', service.requestQuotas?.exceededText, {
        reason: `${pool}: ${bucket.perSecond} per second`,
      })
    }
    bucket.tokens--
  }

  /** Returns the bucket of a quota, filled up to now. */
  #bucketOf({ accountId, region }: Scope, quota: RequestQuota | undefined): Bucket | undefined {
    if (quota === undefined) return undefined
    const perSecond = this.#rates.get(quota.pool) ?? quota.perSecond
    const now = this.#clock.now()
    const { customKeyStoreId } = quota
    const pool = customKeyStoreId === undefined ? quota.pool : `${quota.pool} ${customKeyStoreId}`
    const name = `${accountId} ${region} ${pool}`
    const bucket = this.#buckets.get(name) ?? { perSecond, tokens: perSecond, filledAt: now }
    this.#buckets.set(name, bucket)
    const elapsedMillis = Math.max(0, now - bucket.filledAt)
    bucket.tokens = Math.min(perSecond, bucket.tokens + (elapsedMillis * perSecond) / 1000)
    bucket.filledAt = now
    return bucket
  }
}
