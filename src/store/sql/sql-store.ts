import type { Kysely } from 'kysely'
import type { Change, Reader, Store, Writer } from '../store.ts'
import { SqlReader } from './reader.ts'
import type { Schema } from './schema.ts'
import { SqlWriter } from './writer.ts'

/** The store over any SQL database that Kysely speaks to; what differs between databases is in their folders. */
export class SqlStore implements Store {
  readonly reader: Reader
  readonly #db: Kysely<Schema>
  readonly #listeners: ((change: Change) => void)[] = []
  /** What was deleted and not yet looked for. */
  #toErase: Uint8Array[] = []
  readonly #erase: (secrets: readonly Uint8Array[]) => Promise<unknown>

  /** `erase` makes sure that what was deleted is in none of the database's files. */
  constructor(db: Kysely<Schema>, erase: (secrets: readonly Uint8Array[]) => Promise<unknown>) {
    this.#db = db
    this.#erase = erase
    this.reader = new SqlReader(db)
  }

  async write<T>(work: (writer: Writer) => Promise<T>): Promise<T> {
    const { result, writer } = await this.#db.transaction().execute(async transaction => {
      const writer = new SqlWriter(transaction)
      return { result: await work(writer), writer }
    })
    for (const change of writer.changes) {
      for (const listener of this.#listeners) listener(change)
    }
    this.#toErase.push(...writer.erased)
    if (writer.erased.length > 0) await this.#eraseAll()
    return result
  }

  /** The changes are committed, whatever comes of this: what could not be looked for is, with the next one. */
  async #eraseAll(): Promise<void> {
    const secrets = this.#toErase
    this.#toErase = []
    try {
      await this.#erase(secrets)
    } catch {
      this.#toErase.push(...secrets)
    }
  }

  subscribe(listener: (change: Change) => void): void {
    this.#listeners.push(listener)
  }

  close(): Promise<void> {
    return this.#db.destroy()
  }
}
