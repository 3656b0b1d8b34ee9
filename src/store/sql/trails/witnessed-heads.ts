import type { Kysely, Transaction } from 'kysely'
import { type Page, type PageRequest, toPage } from '../../../domain/index.ts'
import type { WitnessedHead, WitnessedHeadReader, WitnessedHeadWriter } from '../../contract/audit-cursors.ts'
import type { Macs } from '../authenticity/macs.ts'
import type { Changes } from '../changes.ts'
import type { Schema } from '../schema.ts'
import { fromWitnessedHead, witnessedHeadRows } from './audit-rows.ts'

export class SqlWitnessedHeadReader implements WitnessedHeadReader {
  protected readonly db: Kysely<Schema>
  readonly #macs: Macs

  constructor(db: Kysely<Schema>, macs: Macs) {
    this.db = db
    this.#macs = macs
  }

  async find(accountId: string, stream: string, head: number): Promise<WitnessedHead | undefined> {
    const row = await this.#ofStream(accountId, stream).where('head', '=', head).executeTakeFirst()
    return row && this.#macs.read(witnessedHeadRows, row)
  }

  async findLast(accountId: string, stream: string, skipped = 0): Promise<WitnessedHead | undefined> {
    const query = this.#ofStream(accountId, stream).orderBy('head', 'desc').limit(1).offset(skipped)
    const row = await query.executeTakeFirst()
    return row && this.#macs.read(witnessedHeadRows, row)
  }

  async listStreams(accountId: string, limit: number): Promise<string[]> {
    const streams: string[] = []
    // Each step finds the next stream by the index. One statement for all of them would read every head.
    while (streams.length < limit) {
      const row = await this.#ofAccount(accountId)
        .where('stream', '>', streams.at(-1) ?? '')
        .orderBy('stream')
        .orderBy('head')
        .limit(1)
        .executeTakeFirst()
      if (row === undefined) break
      streams.push(this.#macs.read(witnessedHeadRows, row).stream)
    }
    return streams
  }

  async list(accountId: string, stream: string, { after, limit }: PageRequest): Promise<Page<WitnessedHead>> {
    const rows = await this.#ofStream(accountId, stream)
      .where('head', '>', Number(after ?? -1))
      .orderBy('head')
      .limit(limit + 1)
      .execute()
    const { items, next } = toPage(rows, limit, row => `${row.head}`)
    return { items: this.#macs.readAll(witnessedHeadRows, items), next }
  }

  #ofStream(accountId: string, stream: string) {
    return this.#ofAccount(accountId).where('stream', '=', stream)
  }

  #ofAccount(accountId: string) {
    return this.db.selectFrom('witnessed_heads').selectAll().where('account_id', '=', accountId)
  }
}

export class SqlWitnessedHeadWriter extends SqlWitnessedHeadReader implements WitnessedHeadWriter {
  readonly #changes: Changes

  constructor(db: Transaction<Schema>, changes: Changes) {
    super(db, changes.macs)
    this.#changes = changes
  }

  async insert(head: WitnessedHead): Promise<void> {
    await this.db
      .insertInto('witnessed_heads')
      .values(this.#changes.inserted(witnessedHeadRows, fromWitnessedHead(head)))
      .execute()
  }
}
