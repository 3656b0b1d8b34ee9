import type { Kysely } from 'kysely'
import { inSlices, type Metric } from '../../std/index.ts'
import type { CommitCounts } from '../contract/integrity.ts'
import type { Change, Reader, Store, Writer } from '../contract/store.ts'
import { SqlIntegrity } from './authenticity/integrity.ts'
import type { Macs } from './authenticity/macs.ts'
import { putStates } from './authenticity/put-states.ts'
import { Changes } from './changes.ts'
import { whileQuiet } from './quiet.ts'
import { sqlReader } from './reader.ts'
import type { Schema } from './schema.ts'
import { WriteFigures } from './write-figures.ts'
import { sqlWriter } from './writer.ts'

/** The way in which a database makes sure that deleted secrets are in none of its files. */
export interface Erasure {
  /** Records, in the transaction of a deletion, that an erasure is due, in case the process ends before it is done. */
  mark(transaction: Kysely<Schema>): Promise<unknown>
  /** Makes sure that the secrets are in none of the files. */
  erase(secrets: readonly Uint8Array[]): Promise<unknown>
  /** Removes the record that `mark` made, in a transaction. */
  unmark(transaction: Kysely<Schema>): Promise<unknown>
  /** Called after the database is closed. */
  close(): Promise<void>
}

/** A listener takes some microseconds for a change. */
const changesPerSlice = 200

/** The wait before an erasure that failed is tried again. */
const eraseAgainMillis = 10_000

interface Committed<T> {
  readonly result: T
  readonly changes: Changes
  readonly counts: CommitCounts
}

/** The store over any SQL database that Kysely supports. The differences between databases are in their own folders. */
export class SqlStore implements Store {
  readonly reader: Reader
  readonly #db: Kysely<Schema>
  readonly #listeners: ((change: Change) => void)[] = []
  /** The secrets that were deleted and not yet erased, one list per commit. */
  #toErase: (readonly Uint8Array[])[] = []
  /** The number of commits that delete secrets, made or about to be made, whose secrets are not yet erased. */
  #notErased = 0
  readonly #erasure: Erasure
  /** The last erasure that was arranged, and the one that has not begun. */
  #erasing: Promise<void> = Promise.resolve()
  #nextErasure: Promise<void> | undefined
  #retrying: NodeJS.Timeout | undefined
  #isClosed = false
  readonly #macs: Macs
  /** Ends when the listeners have the changes of all commits so far. */
  #delivery: Promise<void> = Promise.resolve()
  readonly #figures = new WriteFigures()
  readonly integrity: SqlIntegrity

  private constructor(db: Kysely<Schema>, erasure: Erasure, macs: Macs, integrity: SqlIntegrity) {
    this.#db = db
    this.#erasure = erasure
    this.#macs = macs
    this.integrity = integrity
    this.reader = sqlReader(db, macs)
  }

  /** Opens the store. Throws DoesNotVerify if the state of a domain does not verify. */
  static async open(db: Kysely<Schema>, erasure: Erasure, macs: Macs): Promise<SqlStore> {
    return new SqlStore(db, erasure, macs, await SqlIntegrity.open(db, macs))
  }

  async write<T>(work: (writer: Writer) => Promise<T>): Promise<T> {
    const { result, changes, counts } = await this.#figures.count(this.#commit(work))
    this.integrity.noteCommit(counts)
    await this.#deliver(changes.made)
    if (changes.erased.length > 0) await this.#eraseAll(changes.erased)
    return result
  }

  /** Gives the changes of a commit to the listeners, in slices, and after those of all earlier commits. */
  #deliver(changes: readonly Change[]): Promise<void> {
    const delivery = this.#delivery.then(() =>
      inSlices(changes, changesPerSlice, slice => {
        for (const change of slice) for (const listener of this.#listeners) listener(change)
      }),
    )
    this.#delivery = delivery.catch(() => undefined)
    return delivery
  }

  async #commit<T>(work: (writer: Writer) => Promise<T>): Promise<Committed<T>> {
    let marked = 0
    const committing = this.#db.transaction().execute(async transaction => {
      const changes = new Changes(this.#macs)
      const result = await work(sqlWriter(transaction, changes))
      if (changes.erased.length > 0) {
        this.#notErased += 1 - marked
        marked = 1
        await this.#erasure.mark(transaction)
      }
      return { result, changes, counts: await putStates(transaction, changes) }
    })
    return await committing.catch(error => {
      this.#notErased -= marked
      throw error
    })
  }

  /** Never throws, because the changes are committed in any case. An erasure that fails is tried again, or is part of the next. */
  #eraseAll(deleted: readonly Uint8Array[]): Promise<void> {
    this.#toErase.push(deleted)
    return this.#arrangeErasure()
  }

  #arrangeErasure(): Promise<void> {
    // A search reads all files, so there is one at a time, and all commits that come meanwhile share the next.
    if (this.#nextErasure === undefined) {
      this.#nextErasure = this.#erasing.then(() => {
        this.#nextErasure = undefined
        return this.#eraseWaiting()
      })
      this.#erasing = this.#nextErasure
    }
    return this.#nextErasure
  }

  async #eraseWaiting(): Promise<void> {
    const commits = this.#toErase
    this.#toErase = []
    try {
      await this.#erasure.erase(commits.flat())
      await this.#db.transaction().execute(async transaction => {
        if (this.#notErased === commits.length) await this.#erasure.unmark(transaction)
      })
      this.#notErased -= commits.length
    } catch {
      this.#toErase.push(...commits)
      this.#retryLater()
    }
  }

  /** A long backup holds up an erasure, and nothing else may be deleted for days. */
  #retryLater(): void {
    clearTimeout(this.#retrying)
    if (this.#isClosed) return
    this.#retrying = setTimeout(() => void this.#arrangeErasure(), eraseAgainMillis).unref()
  }

  whileQuiet<T>(work: () => Promise<T>): Promise<T> {
    return whileQuiet(this.#db, work)
  }

  metrics(): Metric[] {
    return this.#figures.metrics()
  }

  subscribe(listener: (change: Change) => void): void {
    this.#listeners.push(listener)
  }

  async close(): Promise<void> {
    this.#isClosed = true
    clearTimeout(this.#retrying)
    await this.#db.destroy()
    await this.#erasure.close()
  }
}
