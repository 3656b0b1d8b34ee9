import { type Kysely, sql, type Transaction } from 'kysely'
import type { DomainKeyUses, RewrapProgress, RewrapReader, RewrapWriter } from '../../contract/rewrap.ts'
import type { EntityTable } from '../authenticity/entity-tables.ts'
import type { Macs } from '../authenticity/macs.ts'
import type { Changes } from '../changes.ts'
import type { Schema } from '../schema.ts'
import { fromRewrap, toRewrap } from './rows.ts'
import { firstTable, regionsOf, rewrapStep } from './step.ts'
import { sealedTables } from './tables.ts'
import { countUses } from './uses.ts'

export class SqlRewrapReader implements RewrapReader {
  protected readonly db: Kysely<Schema>
  readonly #macs: Macs

  constructor(db: Kysely<Schema>, macs: Macs) {
    this.db = db
    this.#macs = macs
  }

  async find(): Promise<RewrapProgress | undefined> {
    const row = await this.db.selectFrom('rewraps').selectAll().executeTakeFirst()
    return row && toRewrap(row)
  }

  countUses(domainKeyIds: readonly string[]): Promise<DomainKeyUses> {
    return countUses(this.db, this.#macs, domainKeyIds)
  }
}

export class SqlRewrapWriter extends SqlRewrapReader implements RewrapWriter {
  readonly #changes: Changes
  readonly #transaction: Transaction<Schema>

  constructor(db: Transaction<Schema>, changes: Changes) {
    super(db, changes.macs)
    this.#changes = changes
    this.#transaction = db
  }

  async begin(what: Pick<RewrapProgress, 'startedAt' | 'domains' | 'retiringIds'>): Promise<RewrapProgress> {
    let total = 0
    for (const table of sealedTables) {
      const regions = regionsOf(table, what.domains)
      if (regions !== 'none') total += await this.#count(table, regions.regions)
    }
    const { count } = await this.db
      .selectFrom('domain_states')
      .select(eb => eb.fn.countAll().as('count'))
      .where('domain', 'in', what.domains)
      .executeTakeFirstOrThrow()
    const start = { phase: 'rewrapping', table: firstTable, after: null, done: 0, broken: [] } as const
    return { ...what, ...start, total: total + Number(count) }
  }

  async put(progress: RewrapProgress): Promise<void> {
    const row = fromRewrap(progress)
    const { name: _, ...values } = row
    await this.db
      .insertInto('rewraps')
      .values(row)
      .onConflict(conflict => conflict.column('name').doUpdateSet(values))
      .execute()
  }

  async delete(): Promise<void> {
    await this.db.deleteFrom('rewraps').execute()
  }

  step(progress: RewrapProgress, limit: number): Promise<RewrapProgress> {
    return rewrapStep(this.#transaction, this.#changes, progress, limit)
  }

  async #count({ table }: EntityTable, regions: readonly string[] | undefined): Promise<number> {
    const isOfRegions = regions === undefined ? sql`true` : sql`region in (${sql.join(regions)})`
    const { rows } = await sql<{
      count: number
    }>`select count(*) as count from ${sql.table(table)} where ${isOfRegions}`.execute(this.db)
    return Number(rows[0]?.count)
  }
}
