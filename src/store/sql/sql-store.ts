import type { Kysely } from 'kysely'
import type { Change, Reader, Store, Writer } from '../contract/store.ts'
import { SqlReader } from './reader.ts'
import type { Schema } from './schema.ts'
import { SqlWriter } from './writer.ts'

/** How a database sees to it that what was deleted is in none of its files. */
export interface Erasure {
  /** Remembers in the transaction of a deletion that something is to be looked for, should the process end before it is. */
  mark(transaction: Kysely<Schema>): Promise<unknown>
  /** Makes sure that these are in none of the files. */
  erase(secrets: readonly Uint8Array[]): Promise<unknown>
  /** Forgets what `mark` remembered, in a transaction. */
  unmark(transaction: Kysely<Schema>): Promise<unknown>
}

/** The store over any SQL database that Kysely speaks to; what differs between databases is in their folders. */
export class SqlStore implements Store {
  readonly reader: Reader
  readonly #db: Kysely<Schema>
  readonly #listeners: ((change: Change) => void)[] = []
  /** What was deleted and not yet looked for, by the commits of it. */
  #toErase: (readonly Uint8Array[])[] = []
  /** How many commits of deletions are made or about to be, and not yet seen to. */
  #unseen = 0
  readonly #erasure: Erasure

  constructor(db: Kysely<Schema>, erasure: Erasure) {
    this.#db = db
    this.#erasure = erasure
    this.reader = new SqlReader(db)
  }

  async write<T>(work: (writer: Writer) => Promise<T>): Promise<T> {
    const { result, writer } = await this.#commit(work)
    for (const change of writer.changes) {
      for (const listener of this.#listeners) listener(change)
    }
    if (writer.erased.length > 0) await this.#eraseAll(writer.erased)
    return result
  }

  async #commit<T>(work: (writer: Writer) => Promise<T>): Promise<{ result: T; writer: SqlWriter }> {
    let marked = 0
    const committing = this.#db.transaction().execute(async transaction => {
      const writer = new SqlWriter(transaction)
      const result = await work(writer)
      if (writer.erased.length > 0) {
        this.#unseen += 1 - marked
        marked = 1
        await this.#erasure.mark(transaction)
      }
      return { result, writer }
    })
    return await committing.catch(error => {
      this.#unseen -= marked
      throw error
    })
  }

  /** The changes are committed, whatever comes of this: what could not be looked for is, with the next one. */
  async #eraseAll(deleted: readonly Uint8Array[]): Promise<void> {
    const commits = [...this.#toErase, deleted]
    this.#toErase = []
    try {
      await this.#erasure.erase(commits.flat())
      await this.#db.transaction().execute(async transaction => {
        if (this.#unseen === commits.length) await this.#erasure.unmark(transaction)
      })
      this.#unseen -= commits.length
    } catch {
      this.#toErase.push(...commits)
    }
  }

  subscribe(listener: (change: Change) => void): void {
    this.#listeners.push(listener)
  }

  close(): Promise<void> {
    return this.#db.destroy()
  }
}
