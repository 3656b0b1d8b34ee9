import { LRUCache } from 'lru-cache'
import {
  type Grant,
  type GrantParty,
  type GrantRequest,
  grantAllows,
  type Principal,
  partyName,
  partyNamesOf,
  type Scope,
} from '../domain/index.ts'
import { andThen, CacheUse, type Eventual } from '../std/index.ts'
import { type Change, everyPage, type Reader, type Store } from '../store/index.ts'
import { GrantIndex } from './grant-index.ts'

type Maybe<T> = Eventual<T | undefined>

/** The question for a grant: which grant of this key allows the principal this request? */
export interface GrantQuestion {
  readonly scope: Scope
  readonly keyId: string
  readonly principal: Principal
  readonly request: GrantRequest
}

/** Finds a grant that allows a request; returns it at once if it is in memory. */
export interface GrantLookup {
  findGrantFor(question: GrantQuestion): Maybe<Grant>
}

/** Finds grants through a different lookup and remembers them. */
export class RememberedGrants implements GrantLookup {
  readonly #lookup: GrantLookup
  readonly #found: Grant[] = []

  constructor(lookup: GrantLookup) {
    this.#lookup = lookup
  }

  get found(): readonly Grant[] {
    return this.#found
  }

  async findGrantFor(question: GrantQuestion): Promise<Grant | undefined> {
    const grant = await this.#lookup.findGrantFor(question)
    if (grant !== undefined) this.#found.push(grant)
    return grant
  }
}

/**
 * Finds grants among those that were found before a transaction, if they still exist in it. A search through all grants
 * of a key inside the transaction would delay every other change.
 */
export class ConfirmedGrants implements GrantLookup {
  readonly #reader: Reader
  readonly #candidates: readonly Grant[]

  constructor(reader: Reader, candidates: readonly Grant[]) {
    this.#reader = reader
    this.#candidates = candidates
  }

  async findGrantFor({ scope, keyId, request }: GrantQuestion): Promise<Grant | undefined> {
    for (const { grantId } of this.#candidates) {
      const grant = await this.#reader.grants.find(scope, keyId, grantId)
      if (grant !== undefined && grantAllows(grant, request)) return grant
    }
    return undefined
  }
}

/** A grant takes about twenty microseconds to read and index. */
const grantsPerRead = 100

/** The limit on the grants in all indexes together; a grant takes about a kilobyte. */
const cachedGrantsMax = 200_000

/**
 * The grants in use, in memory. Each commit updates them, so that a new grant on a key does not cause the others to be
 * read again.
 */
export class CachedGrants implements GrantLookup {
  readonly #store: Store
  readonly #indexes = new LRUCache<string, GrantIndex>({
    maxSize: cachedGrantsMax,
    sizeCalculation: index => index.size + 1,
  })
  /** Its entries are the grants in all indexes, and the indexes themselves. */
  readonly cacheUse = new CacheUse(() => this.#indexes.calculatedSize)
  /** The indexes that are being read. A change of their grants removes them here, so that they are not cached. */
  readonly #loading = new Map<string, Promise<GrantIndex>>()

  constructor(store: Store) {
    this.#store = store
    store.subscribe(change => this.#apply(change))
  }

  /**
   * Finds the grant that needs the least besides it: a grant by the caller's account before a grant by a different
   * account (rule 7 of `decide`).
   */
  findGrantFor(question: GrantQuestion): Maybe<Grant> {
    const names = partyNamesOf(question.principal)
    return andThen(
      this.#findAmong(question, names, true),
      own => own ?? this.#findAmong(question, names, false),
    )
  }

  #findAmong(
    question: GrantQuestion,
    granteeNames: readonly string[],
    isOfOwnAccount: boolean,
  ): Maybe<Grant> {
    const [name, ...others] = granteeNames
    if (name === undefined) return undefined
    const findIn = (index: GrantIndex) =>
      index.find(question.request, isOfOwnAccount) ?? this.#findAmong(question, others, isOfOwnAccount)
    const known = this.#indexes.get(entryOf(question, name))
    if (known === undefined) this.cacheUse.misses++
    else this.cacheUse.hits++
    return andThen(known ?? this.#load(question, name), findIn)
  }

  /** Reads the grants of a key to a grantee, once for all calls that wait for them. */
  #load(question: GrantQuestion, granteeName: string): Promise<GrantIndex> {
    const entry = entryOf(question, granteeName)
    const loading = this.#loading.get(entry) ?? this.#startLoading(entry, question, granteeName)
    this.#loading.set(entry, loading)
    return loading
  }

  #startLoading(entry: string, question: GrantQuestion, granteeName: string): Promise<GrantIndex> {
    const loading = this.#read(question, granteeName).then(index => {
      // A value that was read before a change must not be cached after it.
      if (this.#loading.get(entry) === loading) this.#indexes.set(entry, index)
      return index
    })
    const forget = () => {
      if (this.#loading.get(entry) === loading) this.#loading.delete(entry)
    }
    loading.then(forget, forget)
    return loading
  }

  async #read({ scope, keyId }: GrantQuestion, granteeName: string): Promise<GrantIndex> {
    const { grants } = this.#store.reader
    const isArn = granteeName.startsWith('arn:')
    const grantee: GrantParty = isArn
      ? { type: 'principal', arn: granteeName }
      : { type: 'service', service: granteeName }
    const index = new GrantIndex([])
    for await (const page of everyPage(grantsPerRead, request =>
      grants.list(scope, keyId, { grantee }, request),
    ))
      for (const grant of page) index.add(grant)
    return index
  }

  #apply(change: Change): void {
    if (change.type === 'grant') this.#applyGrant(change.grant, change.isGone)
    if (change.type === 'key' && change.isGone === true) {
      const prefix = entryOf(change, '')
      for (const entry of this.#indexes.keys()) if (entry.startsWith(prefix)) this.#indexes.delete(entry)
      for (const entry of this.#loading.keys()) if (entry.startsWith(prefix)) this.#loading.delete(entry)
    }
  }

  #applyGrant(grant: Grant, isGone: boolean): void {
    const entry = entryOf({ scope: grant, keyId: grant.keyId }, partyName(grant.grantee))
    this.#loading.delete(entry)
    const index = this.#indexes.get(entry)
    if (index === undefined) return
    if (isGone) index.remove(grant.grantId)
    else index.add(grant)
    // Set the entry again, so that the cache counts its new size.
    this.#indexes.set(entry, index)
  }
}

function entryOf({ scope, keyId }: Pick<GrantQuestion, 'scope' | 'keyId'>, granteeName: string): string {
  return `${scope.region}/${scope.accountId}/${keyId}/${granteeName}`
}
