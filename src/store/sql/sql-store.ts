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

  constructor(db: Kysely<Schema>) {
    this.#db = db
    this.reader = new SqlReader(db)
  }

  async write<T>(work: (writer: Writer) => Promise<T>): Promise<T> {
    const { result, changes } = await this.#db.transaction().execute(async transaction => {
      const writer = new SqlWriter(transaction)
      return { result: await work(writer), changes: writer.changes }
    })
    for (const change of changes) {
      for (const listener of this.#listeners) listener(change)
    }
    return result
  }

  subscribe(listener: (change: Change) => void): void {
    this.#listeners.push(listener)
  }

  close(): Promise<void> {
    return this.#db.destroy()
  }
}
