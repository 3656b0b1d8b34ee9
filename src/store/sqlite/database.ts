import { DatabaseSync, type StatementSync } from 'node:sqlite'
import type { SqliteDatabase, SqliteStatement } from 'kysely'

/** Adapts node:sqlite to the interface of Kysely's SQLite dialect, and prepares each statement once. */
export class NodeSqlite implements SqliteDatabase {
  readonly #db: DatabaseSync
  readonly #statements = new Map<string, Statement>()

  /** A database that is only read waits for a process that recovers it; the one that writes has no rival. */
  constructor(path: string | URL, { readOnly = false }: { readonly readOnly?: boolean } = {}) {
    this.#db = new DatabaseSync(path, {
      enableForeignKeyConstraints: true,
      readOnly,
      timeout: readOnly ? 5000 : 0,
    })
  }

  /** Runs SQL that returns nothing. */
  exec(sql: string): void {
    this.#db.exec(sql)
  }

  prepare(sql: string): SqliteStatement {
    // After some failures (a full disk) SQLite has already rolled back, and a second rollback would hide the cause.
    if (sql === 'rollback' && !this.#db.isTransaction) return nothing
    const known = this.#statements.get(sql)
    if (known !== undefined) return known
    const statement = new Statement(this.#db.prepare(sql))
    // Statements with lists of values have endlessly many texts; the few dozen that recur are prepared first.
    if (this.#statements.size < statementsMax) this.#statements.set(sql, statement)
    return statement
  }

  close(): void {
    this.#statements.clear()
    this.#db.close()
  }
}

const statementsMax = 200

/** A statement that does nothing. */
const nothing: SqliteStatement = {
  reader: true,
  all: () => [],
  run: () => ({ changes: 0, lastInsertRowid: 0 }),
  iterate: () => [].values(),
}

class Statement implements SqliteStatement {
  readonly reader: boolean
  readonly #statement: StatementSync

  constructor(statement: StatementSync) {
    this.#statement = statement
    this.reader = statement.columns().length > 0
  }

  all(parameters: readonly unknown[]): unknown[] {
    return this.#statement.all(...(parameters as []))
  }

  run(parameters: readonly unknown[]): { changes: number | bigint; lastInsertRowid: number | bigint } {
    return this.#statement.run(...(parameters as []))
  }

  iterate(parameters: readonly unknown[]): IterableIterator<unknown> {
    return this.#statement.iterate(...(parameters as []))
  }
}
