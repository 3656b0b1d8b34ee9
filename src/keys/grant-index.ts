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
 * The grants of one key to one grantee, found by what a request has: however many there are that differ in their
 * operations or encryption contexts (a volume manager makes one for each volume), a request looks at the few that could
 * apply.
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

  /** A grant that allows the request: of those that the grantee's own account made, or of the others. */
  find(request: GrantRequest, isOfOwnAccount: boolean): Grant | undefined {
    for (const name of bucketsFor(request)) {
      for (const grant of this.#buckets.get(bucketBy(isOfOwnAccount, name))?.values() ?? []) {
        if (grantAllows(grant, request)) return grant
      }
    }
    return undefined
  }

  /** A subset lies under the pair of it that the fewest other grants lie under. */
  #bucketOf(grant: Grant, operation: GrantOperation): string {
    const { encryptionContextEquals: equals, encryptionContextSubset: subset } = grant.constraints
    const named = (name: string) => bucketBy(isOfGranteesAccount(grant), name)
    if (hasNoContext(operation)) return named(anyBucket(operation))
    if (equals !== undefined) return named(wholeBucket(operation, equals))
    if (subset === undefined || subset.size === 0) return named(anyBucket(operation))
    const names = Array.from(subset, pair => named(pairBucket(operation, pair)))
    const sizeOf = (name: string) => this.#buckets.get(name)?.size ?? 0
    return names.reduce((best, name) => (sizeOf(name) < sizeOf(best) ? name : best))
  }
}

/** Whatever a grant's constraint on encryption contexts, it does not bind these. */
const hasNoContext = (operation: GrantOperation) => operation === 'DescribeKey' || operation === 'RetireGrant'

const bucketBy = (isOfOwnAccount: boolean, name: string) => `${isOfOwnAccount ? 'own' : 'other'} ${name}`
const anyBucket = (operation: string) => `${operation} any`
const wholeBucket = (operation: string, context: EncryptionContext) =>
  `${operation} all ${encodeEncryptionContext(context).toString('latin1')}`
const pairBucket = (operation: string, [key, value]: readonly [string, string]) =>
  `${operation} one ${key.length} ${key}${value}`

/** The buckets that hold all grants which could allow a use. For a grant to be made, its own context counts. */
function* bucketsFor({ operation, encryptionContext, child }: GrantRequest): Iterable<string> {
  const { encryptionContextEquals: equals, encryptionContextSubset: subset } = child?.constraints ?? {}
  const context = child === undefined ? encryptionContext : (equals ?? subset ?? new Map<string, string>())
  yield anyBucket(operation)
  yield wholeBucket(operation, context)
  for (const pair of context) yield pairBucket(operation, pair)
}
