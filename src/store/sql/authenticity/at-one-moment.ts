import type { Kysely } from 'kysely'
import type { Schema } from '../schema.ts'

/**
 * Runs several reads on one state of the database: inside the transaction of `db`, or in a transaction of its own. Reads
 * of an entity in parts need this, because a commit between them would look like a forgery.
 */
export async function atOneMoment<T>(
  db: Kysely<Schema>,
  read: (db: Kysely<Schema>) => Promise<T>,
): Promise<T> {
  return db.isTransaction ? await read(db) : await db.transaction().execute(read)
}
