import { type Kysely, sql } from 'kysely'
import { inSlices } from '../../../std/index.ts'
import type { DomainKeyUses } from '../../contract/rewrap.ts'
import { atOneMoment } from '../authenticity/at-one-moment.ts'
import { type AnyRow, type EntityTable, keyOf, keyTable, pagesOf } from '../authenticity/entity-tables.ts'
import type { Macs } from '../authenticity/macs.ts'
import type { Schema } from '../schema.ts'
import { keyColumnNames } from '../scope.ts'
import type { SealedEntity, SealedTable } from './sealed-entity.ts'
import { brokenMax, nameOf } from './step.ts'
import { sealedTables } from './tables.ts'

/** The rows that are read whole at once, when they name one of the keys. */
const rowsPerSlice = 25

const materialTable: EntityTable = {
  table: 'key_materials',
  key: [...keyColumnNames, 'key_material_id'],
  isRegional: true,
}

/** Counts the entities that need domain keys. Reads page by page, and of each row only what names a domain key. */
export async function countUses(
  db: Kysely<Schema>,
  macs: Macs,
  domainKeyIds: readonly string[],
): Promise<DomainKeyUses> {
  const uses = new Uses(db, macs, domainKeyIds)
  for (const table of sealedTables)
    for await (const rows of pagesOf(db, table, table.columns)) await uses.count(table, rows)
  const sealedKeys = sealedTables.find(({ table }) => table === keyTable.table)
  const tokens = ['token', 'public_key_token']
  for await (const rows of pagesOf(db, materialTable, tokens))
    if (sealedKeys !== undefined) await uses.count(sealedKeys, rows)
  await uses.countStates()
  return uses.result()
}

class Uses {
  readonly #db: Kysely<Schema>
  readonly #macs: Macs
  readonly #ids: ReadonlySet<string>
  /** The names of the entities that are counted: a key has rows in two tables. */
  readonly #counted = new Set<string>()
  readonly #broken = new Set<string>()
  #states = 0

  constructor(db: Kysely<Schema>, macs: Macs, domainKeyIds: readonly string[]) {
    this.#db = db
    this.#macs = macs
    this.#ids = new Set(domainKeyIds)
  }

  /** Counts the entities of a table that rows name, if the rows name one of the domain keys. */
  async count(table: SealedTable, rows: readonly AnyRow[]): Promise<void> {
    const users = rows.filter(row => Object.values(row).some(value => this.#isUse(value)))
    await inSlices(users, rowsPerSlice, slice =>
      atOneMoment(this.#db, async db => {
        for (const { entities } of await table.read(db, await readRows(db, table, slice)))
          for (const sealed of entities) this.#countEntity(sealed)
      }),
    )
  }

  /** Counts the states of domains, which verified when the store opened. */
  async countStates(): Promise<void> {
    const states = await this.#db.selectFrom('domain_states').select('sealed').execute()
    this.#states = states.filter(({ sealed }) => this.#isUse(sealed)).length
  }

  result(): DomainKeyUses {
    const uses = this.#counted.size + this.#states
    return {
      uses,
      whole: uses - this.#broken.size,
      broken: [...this.#broken].slice(0, brokenMax),
    }
  }

  #countEntity(sealed: SealedEntity): void {
    if (![sealed.mac, ...sealed.tokens].some(value => this.#isUse(value))) return
    this.#counted.add(nameOf(sealed))
    if (!this.#macs.isAuthentic(sealed.entity, sealed.mac)) this.#broken.add(nameOf(sealed))
  }

  #isUse(value: unknown): boolean {
    if (!(value instanceof Uint8Array)) return false
    const domainKeyId = this.#macs.authenticator.domainKeyOf(value)
    return domainKeyId !== undefined && this.#ids.has(domainKeyId)
  }
}

/** Reads the whole rows of a table that have the primary keys of the given ones. */
async function readRows(
  db: Kysely<Schema>,
  table: EntityTable,
  given: readonly AnyRow[],
): Promise<readonly AnyRow[]> {
  const keys = given.map(row => sql`(${sql.join(keyOf(table, row))})`)
  const columns = sql.join(table.key.map(name => sql.ref(name)))
  const { rows } =
    await sql<AnyRow>`select * from ${sql.table(table.table)} where (${columns}) in (values ${sql.join(keys)})`.execute(
      db,
    )
  return rows
}
