import { statSync } from 'node:fs'
import { Kysely } from 'kysely'
import type { Authenticator } from '../../domain/index.ts'
import { OperatorError } from '../../std/index.ts'
import type { DoesNotVerify } from '../contract/does-not-verify.ts'
import type { DomainKeyReader } from '../contract/server.ts'
import type { Store } from '../contract/store.ts'
import { Macs } from '../sql/authenticity/macs.ts'
import type { Schema } from '../sql/schema.ts'
import { SqlDomainKeyReader } from '../sql/server/domain-keys.ts'
import { type Erasure, SqlStore } from '../sql/sql-store.ts'
import { NodeSqlite } from './database.ts'
import { checkIntegrity, type DatabaseError, explain } from './explain.ts'
import { checkSchema, refuseProgramsOf } from './schema-check.ts'
import { SlicedDialect } from './sliced-dialect.ts'
import { inspectDatabase, placeToRead } from './snapshot.ts'

/** A database that is read, and never changed: a server may write to it meanwhile, or it may be of a different version. */
export interface ExaminedDatabase {
  /** The migrations that the next start applies. */
  readonly missingMigrations: readonly string[]
  /** The last migration of a newer version that wrote the database; undefined if none did. */
  readonly newerMigration: string | undefined
  /** Whether deleted secrets may still be in its files, until the server or its next start has erased them. */
  readonly isErasureDue: boolean
  readonly logSizeBytes: number
  readonly domainKeys: DomainKeyReader
  /** The sentence about a schema that was changed; undefined for the one of this version, or of an older one. */
  readonly schemaFault: string | undefined
  /** The reads of the store. Throws DoesNotVerify if the state of a domain does not verify. */
  unlock(
    authenticator: Authenticator,
    onBroken: (error: DoesNotVerify) => void,
  ): Promise<Pick<Store, 'reader' | 'integrity'>>
  close(): Promise<void>
}

/** Opens a database to read it, and checks the file. Throws OperatorError if it is damaged or cannot be read. */
export async function examineDatabase(path: string): Promise<ExaminedDatabase> {
  let database: NodeSqlite | undefined
  try {
    const opened = new NodeSqlite(placeToRead(path), { readOnly: true })
    database = opened
    refuseProgramsOf(sql => opened.prepare(sql).all([]), path)
    checkIntegrity(sql => opened.prepare(sql).all([]))
    const db = new Kysely<Schema>({ dialect: new SlicedDialect({ database }) })
    const { missing, newer } = inspectDatabase(path)
    const isOfThisVersion = missing.length === 0 && newer === undefined
    const [row] = database.prepare('PRAGMA user_version').all([]) as { user_version: number }[]
    return {
      missingMigrations: missing,
      newerMigration: newer,
      isErasureDue: row?.user_version === 1,
      logSizeBytes: statSync(`${path}-wal`, { throwIfNoEntry: false })?.size ?? 0,
      domainKeys: new SqlDomainKeyReader(db),
      schemaFault: isOfThisVersion ? await findSchemaFault(database, path) : undefined,
      unlock: (authenticator, onBroken) =>
        SqlStore.open(db, erasesNothing, new Macs(authenticator, onBroken)),
      close: () => db.destroy(),
    }
  } catch (error) {
    database?.close()
    if (error instanceof OperatorError) throw error
    throw new OperatorError(explain(path, error as DatabaseError))
  }
}

async function findSchemaFault(database: NodeSqlite, path: string): Promise<string | undefined> {
  try {
    await checkSchema(database, path)
    return undefined
  } catch (error) {
    if (error instanceof OperatorError) return error.message
    throw error
  }
}

const nothing = async () => undefined

/** SQLite refuses writes through this connection, so nothing is deleted. */
const erasesNothing: Erasure = { mark: nothing, erase: nothing, unmark: nothing, close: nothing }
