import {
  type EncryptionContext,
  encodeEncryptionContext,
  type Grant,
  type GrantOperation,
  type GrantRequest,
  grantAllows,
  isOfGranteesAccount,
} from '../domain/index.ts'

/**
 * The grants of one key to one grantee, indexed by operation and encryption context. A request looks only at the few
 * grants that could allow it, however many there are (a volume manager makes one for each volume).
 */
export class GrantIndex {
  readonly #byId = new Map<string, { readonly grant: Grant; readonly buckets: readonly string[] }>()
  readonly #buckets = new Map<string, Map<string, Grant>>()

  constructor(grants: readonly Grant[]) {
    for (const grant of grants) this.add(grant)
  }

  get size(): number {
    return this.#byId.size
  }

  add(grant: Grant): void {
    this.remove(grant.grantId)
    const buckets = grant.operations.map(operation => this.#bucketOf(grant, operation))
    this.#byId.set(grant.grantId, { grant, buckets })
    for (const name of buckets) {
      const bucket = this.#buckets.get(name) ?? new Map<string, Grant>()
      this.#buckets.set(name, bucket.set(grant.grantId, grant))
    }
  }

  remove(grantId: string): void {
    const entry = this.#byId.get(grantId)
    this.#byId.delete(grantId)
    for (const name of entry?.buckets ?? []) {
      const bucket = this.#buckets.get(name)
      bucket?.delete(grantId)
      if (bucket?.size === 0) this.#buckets.delete(name)
    }
  }

  /**
   * Finds a grant that allows the request, among the grants that the grantee's own account made or among the others.
   */
  find(request: GrantRequest, isOfOwnAccount: boolean): Grant | undefined {
    const { sourceArn } = request
    const found = this.#findFrom(undefined, request, isOfOwnAccount)
    if (found !== undefined || sourceArn === undefined) return found
    return this.#findFrom(sourceArn, request, isOfOwnAccount)
  }

  #findFrom(sourceArn: string | undefined, request: GrantRequest, isOwn: boolean): Grant | undefined {
    for (const name of bucketsFor(request)) {
      for (const grant of this.#buckets.get(bucketBy(isOwn, sourceArn, name))?.values() ?? []) {
        if (grantAllows(grant, request)) return grant
      }
    }
    return undefined
  }

  /**
   * Returns the bucket of a grant for an operation. A grant with a subset of an encryption context goes into the
   * smallest of the buckets of its pairs.
   */
  #bucketOf(grant: Grant, operation: GrantOperation): string {
    const { encryptionContextEquals: equals, encryptionContextSubset: subset } = grant.constraints
    const isOwn = isOfGranteesAccount(grant)
    // RetireGrant is allowed whatever the constraints are.
    const sourceArn = operation === 'RetireGrant' ? undefined : grant.constraints.sourceArn
    const toBucket = (name: string) => bucketBy(isOwn, sourceArn, name)
    if (hasNoContext(operation)) return toBucket(anyBucket(operation))
    if (equals !== undefined) return toBucket(wholeBucket(operation, equals))
    if (subset === undefined || subset.size === 0) return toBucket(anyBucket(operation))
    const names = Array.from(subset, pair => toBucket(pairBucket(operation, pair)))
    const sizeOf = (name: string) => this.#buckets.get(name)?.size ?? 0
    return names.reduce((best, name) => (sizeOf(name) < sizeOf(best) ? name : best))
  }
}

/** The constraint of a grant on encryption contexts does not limit these operations. */
const hasNoContext = (operation: GrantOperation) => operation === 'DescribeKey' || operation === 'RetireGrant'

const bucketBy = (isOfOwnAccount: boolean, sourceArn: string | undefined, name: string) =>
  `${isOfOwnAccount ? 'own' : 'other'} ${sourceArn ?? ''} ${name}`
const anyBucket = (operation: string) => `${operation} any`
const wholeBucket = (operation: string, context: EncryptionContext) =>
  `${operation} all ${encodeEncryptionContext(context).toString('latin1')}`
const pairBucket = (operation: string, [key, value]: readonly [string, string]) =>
  `${operation} one ${key.length} ${key}${value}`

/** The buckets for the encryption contexts of requests, because a request looks into several indexes. */
const ofContexts = new WeakMap<GrantRequest, readonly string[]>()

/**
 * Returns the buckets that hold all grants which could allow the request. If the request creates a grant, the
 * constraint of the new grant counts as its encryption context.
 */
function* bucketsFor(request: GrantRequest): Iterable<string> {
  yield anyBucket(request.operation)
  let names = ofContexts.get(request)
  if (names === undefined) {
    names = contextBuckets(request)
    ofContexts.set(request, names)
  }
  yield* names
}

function contextBuckets({ operation, encryptionContext, child }: GrantRequest): string[] {
  const { encryptionContextEquals: equals, encryptionContextSubset: subset } = child?.constraints ?? {}
  const context = child === undefined ? encryptionContext : (equals ?? subset ?? new Map<string, string>())
  return [wholeBucket(operation, context), ...Array.from(context, pair => pairBucket(operation, pair))]
}
