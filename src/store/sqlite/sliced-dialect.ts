import {
  type CompiledQuery,
  type DatabaseConnection,
  type Driver,
  type QueryResult,
  SqliteDialect,
  type TransactionSettings,
} from 'kysely'
import { otherWork } from '../../std/index.ts'

/** The cost of a statement, in rows: a statement without a row costs as much as reading this many. */
const rowsPerStatement = 10

/** The cost, in rows, after which other work gets its turn: 50 statements, or 500 rows. */
const costPerTurn = 500

/**
 * The dialect of SQLite, whose statements give way to other work. SQLite answers at once and on this thread, so a request of
 * a thousand statements would otherwise hold the thread for all of them.
 */
export class SlicedDialect extends SqliteDialect {
  override createDriver(): Driver {
    return new SlicedDriver(super.createDriver())
  }
}

/** Counts the cost of the statements in one turn of the event loop. */
class Turn {
  #cost = 0

  spend(cost: number): void {
    // The first statement of a turn arranges that the next turn begins with nothing.
    if (this.#cost === 0) setImmediate(() => this.#reset())
    this.#cost += cost
  }

  async giveWayIfFull(): Promise<void> {
    while (this.#cost >= costPerTurn) await otherWork()
  }

  #reset(): void {
    this.#cost = 0
  }
}

class SlicedConnection implements DatabaseConnection {
  readonly inner: DatabaseConnection
  readonly #turn: Turn

  constructor(inner: DatabaseConnection, turn: Turn) {
    this.inner = inner
    this.#turn = turn
  }

  async executeQuery<R>(query: CompiledQuery): Promise<QueryResult<R>> {
    await this.#turn.giveWayIfFull()
    const result = await this.inner.executeQuery<R>(query)
    this.#turn.spend(rowsPerStatement + result.rows.length)
    return result
  }

  streamQuery<R>(query: CompiledQuery, chunkSize = 1): AsyncIterableIterator<QueryResult<R>> {
    return this.inner.streamQuery(query, chunkSize)
  }
}

/** Hands out connections that give way. The work on transactions needs the connections inside them. */
class SlicedDriver implements Driver {
  readonly #inner: Driver
  readonly #turn = new Turn()

  constructor(inner: Driver) {
    this.#inner = inner
  }

  init(): Promise<void> {
    return this.#inner.init()
  }

  async acquireConnection(): Promise<DatabaseConnection> {
    return new SlicedConnection(await this.#inner.acquireConnection(), this.#turn)
  }

  beginTransaction(connection: SlicedConnection, settings: TransactionSettings): Promise<void> {
    return this.#inner.beginTransaction(connection.inner, settings)
  }

  commitTransaction(connection: SlicedConnection): Promise<void> {
    return this.#inner.commitTransaction(connection.inner)
  }

  rollbackTransaction(connection: SlicedConnection): Promise<void> {
    return this.#inner.rollbackTransaction(connection.inner)
  }

  releaseConnection(connection: SlicedConnection): Promise<void> {
    return this.#inner.releaseConnection(connection.inner)
  }

  destroy(): Promise<void> {
    return this.#inner.destroy()
  }
}
