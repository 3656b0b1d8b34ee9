import type { Kysely, Transaction } from 'kysely'
import { type Page, type PageRequest, type Trail, toPage } from '../../../domain/index.ts'
import type { TrailReader, TrailWriter } from '../../contract/trails.ts'
import type { Macs } from '../authenticity/macs.ts'
import type { Changes } from '../changes.ts'
import type { Schema } from '../schema.ts'
import { fromTrail, trailRows } from './rows.ts'

export class SqlTrailReader implements TrailReader {
  protected readonly db: Kysely<Schema>
  readonly #macs: Macs

  constructor(db: Kysely<Schema>, macs: Macs) {
    this.db = db
    this.#macs = macs
  }

  async find(accountId: string, homeRegion: string, name: string): Promise<Trail | undefined> {
    const row = await this.db
      .selectFrom('trails')
      .selectAll()
      .where('account_id', '=', accountId)
      .where('trail_name', '=', name)
      .where('region', '=', homeRegion)
      .executeTakeFirst()
    return row && this.#macs.read(trailRows, row)
  }

  async list(accountId: string): Promise<Trail[]> {
    const rows = await this.db
      .selectFrom('trails')
      .selectAll()
      .where('account_id', '=', accountId)
      .orderBy('trail_name')
      .orderBy('region')
      .execute()
    return this.#macs.readAll(trailRows, rows)
  }

  async listAll({ after, limit }: PageRequest): Promise<Page<Trail>> {
    const rows = await this.db
      .selectFrom('trails')
      .selectAll()
      .where('trail_id', '>', after ?? '')
      .orderBy('trail_id')
      .limit(limit + 1)
      .execute()
    const { items, next } = toPage(rows, limit, row => row.trail_id)
    return { items: this.#macs.readAll(trailRows, items), next }
  }
}

export class SqlTrailWriter extends SqlTrailReader implements TrailWriter {
  readonly #changes: Changes

  constructor(db: Transaction<Schema>, changes: Changes) {
    super(db, changes.macs)
    this.#changes = changes
  }

  async insert(trail: Trail): Promise<void> {
    await this.db
      .insertInto('trails')
      .values(this.#changes.inserted(trailRows, fromTrail(trail)))
      .execute()
  }

  async update(trail: Trail): Promise<void> {
    const before = await this.db
      .selectFrom('trails')
      .selectAll()
      .where('trail_id', '=', trail.trailId)
      .executeTakeFirst()
    if (before === undefined) return
    await this.db
      .updateTable('trails')
      .set(this.#changes.replaced(trailRows, before, fromTrail(trail)))
      .where('trail_id', '=', trail.trailId)
      .execute()
  }

  async delete({ trailId, homeRegion }: Trail): Promise<void> {
    const deletion = this.db.deleteFrom('trails').where('trail_id', '=', trailId)
    this.#changes.removed(homeRegion, await deletion.returning('mac').execute())
  }
}
