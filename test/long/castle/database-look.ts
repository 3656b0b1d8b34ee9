import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync, type SQLOutputValue } from 'node:sqlite'

/** A server that starts locks its database for moments. */
const lockMillisMax = 2000

/** Reads rows of a database beside its server, or of what a kill left. Returns none if there is no such table yet. */
export function readRows(dataDirectory: string, sql: string): Record<string, SQLOutputValue>[] {
  const path = join(dataDirectory, 'keyward.db')
  if (!existsSync(path)) return []
  const database = new DatabaseSync(path, { readOnly: true, timeout: lockMillisMax })
  try {
    return database.prepare(sql).all()
  } catch (error) {
    if (/no such table/.test((error as Error).message)) return []
    throw error
  } finally {
    database.close()
  }
}
