import type { Kysely, Transaction } from 'kysely'
import type { Millis } from '../../../std/index.ts'
import type { DueChain, TrailChain, TrailChainReader, TrailChainWriter } from '../../contract/trails.ts'
import type { Macs } from '../authenticity/macs.ts'
import type { Changes } from '../changes.ts'
import type { Schema } from '../schema.ts'
import { fromTrailChain, trailChainRows } from './rows.ts'

export class SqlTrailChainReader implements TrailChainReader {
  protected readonly db: Kysely<Schema>
  readonly #macs: Macs

  constructor(db: Kysely<Schema>, macs: Macs) {
    this.db = db
    this.#macs = macs
  }

  async find(trailId: string, region: string): Promise<TrailChain | undefined> {
    const row = await this.findRow(trailId, region)
    return row && this.#macs.read(trailChainRows, row)
  }

  protected findRow(trailId: string, region: string) {
    return this.db
      .selectFrom('trail_chains')
      .selectAll()
      .where('trail_id', '=', trailId)
      .where('region', '=', region)
      .executeTakeFirst()
  }

  async list(trailId: string): Promise<TrailChain[]> {
    const rows = await this.db
      .selectFrom('trail_chains')
      .selectAll()
      .where('trail_id', '=', trailId)
      .orderBy('region')
      .execute()
    return this.#macs.readAll(trailChainRows, rows)
  }

  async listDue(now: Millis, limit: number, after?: DueChain): Promise<TrailChain[]> {
    const { dueAt = 0, trailId, region } = after ?? { trailId: '', region: '' }
    const rows = await this.db
      .selectFrom('trail_chains')
      .selectAll()
      .where('due_at', '<=', now)
      .$if(after !== undefined, query =>
        query
          // The index finds the time alone.
          .where('due_at', '>=', dueAt)
          .where(({ eb, refTuple, tuple }) =>
            eb(refTuple('due_at', 'trail_id', 'region'), '>', tuple(dueAt, trailId, region)),
          ),
      )
      .orderBy('due_at')
      .orderBy('trail_id')
      .orderBy('region')
      .limit(limit)
      .execute()
    return this.#macs.readAll(trailChainRows, rows)
  }
}

export class SqlTrailChainWriter extends SqlTrailChainReader implements TrailChainWriter {
  readonly #changes: Changes

  constructor(db: Transaction<Schema>, changes: Changes) {
    super(db, changes.macs)
    this.#changes = changes
  }

  async put(chain: TrailChain): Promise<void> {
    const before = await this.findRow(chain.trailId, chain.region)
    const row = fromTrailChain(chain)
    if (before === undefined) {
      await this.db.insertInto('trail_chains').values(this.#changes.inserted(trailChainRows, row)).execute()
      return
    }
    await this.db
      .updateTable('trail_chains')
      .set(this.#changes.replaced(trailChainRows, before, row))
      .where('trail_id', '=', chain.trailId)
      .where('region', '=', chain.region)
      .execute()
  }

  async delete({ trailId, region }: TrailChain): Promise<void> {
    const deletion = this.db
      .deleteFrom('trail_chains')
      .where('trail_id', '=', trailId)
      .where('region', '=', region)
    this.#changes.removed(region, await deletion.returning('mac').execute())
  }
}
