import type { Transaction } from 'kysely'
import { globalDomain } from '../../../domain/index.ts'
import { DoesNotVerify } from '../../contract/does-not-verify.ts'
import type { RewrapProgress } from '../../contract/rewrap.ts'
import { DomainStates } from '../authenticity/domain-states.ts'
import { isRow, keyOf, readPage } from '../authenticity/entity-tables.ts'
import type { Macs } from '../authenticity/macs.ts'
import type { Changes } from '../changes.ts'
import type { Schema } from '../schema.ts'
import type { SealedEntity, SealedRow, SealedTable } from './sealed-entity.ts'
import { sealedTables } from './tables.ts'

export const brokenMax = 100
/** The states of domains come after all tables: their seals name domain keys, too. */
const statesName = 'domain_states'

/** Re-wraps the next entities, as `RewrapWriter.step` promises. */
export async function rewrapStep(
  db: Transaction<Schema>,
  changes: Changes,
  progress: RewrapProgress,
  limit: number,
): Promise<RewrapProgress> {
  let place = progress
  for (;;) {
    if (place.table === '') return place
    if (place.table === statesName) return await rewrapStates(db, changes.macs, place)
    const table = sealedTables.find(({ table: name }) => name === place.table)
    if (table === undefined) throw new Error(`the re-wrapping is at ${place.table}, which is no table`)
    const regions = regionsOf(table, place.domains)
    const rows =
      regions === 'none' ? [] : await readPage(db, table, { after: place.after, limit, ...regions })
    const broken: string[] = []
    for (const row of rows.length === 0 ? [] : await table.read(db, rows))
      broken.push(...(await rewrapRow(db, changes, table, row)))
    const last = rows.length < limit ? undefined : rows.at(-1)
    place = {
      ...place,
      ...(last === undefined
        ? { table: nameAfter(table.table), after: null }
        : { after: keyOf(table, last) }),
      done: place.done + rows.length,
      broken: [...new Set([...place.broken, ...broken])].slice(0, brokenMax),
    }
    if (rows.length > 0) return place
  }
}

/** The name of the first table. */
export const firstTable = sealedTables[0]?.table ?? statesName

/** Returns the Regions to which a re-wrapping of domains is limited in a table; `none` if none of its rows is of the domains. */
export function regionsOf(
  { isRegional }: SealedTable,
  domains: readonly string[],
): 'none' | { readonly regions?: readonly string[] } {
  if (!isRegional) return domains.includes(globalDomain) ? {} : 'none'
  const regions = domains.filter(domain => domain !== globalDomain)
  return regions.length === 0 ? 'none' : { regions }
}

function nameAfter(name: string): string {
  return sealedTables[sealedTables.findIndex(({ table }) => table === name) + 1]?.table ?? statesName
}

/** Re-wraps the entities of a row. Returns the names of those that do not verify. */
async function rewrapRow(
  db: Transaction<Schema>,
  changes: Changes,
  table: SealedTable,
  { row, entities, note }: SealedRow,
): Promise<string[]> {
  const broken: string[] = []
  let columns: Record<string, Uint8Array> = {}
  for (const sealed of entities.filter(entity => !isCurrent(changes.macs, entity))) {
    const rewrapped = tryToRewrap(changes.macs, sealed)
    if (rewrapped === undefined) {
      broken.push(nameOf(sealed))
      continue
    }
    const mac = changes.macs.of(rewrapped.entity)
    changes.mac(sealed.entity.domain, sealed.mac, mac)
    columns = { ...columns, ...rewrapped.columns, [sealed.macColumn]: mac }
    await rewrapped.write(db)
  }
  if (Object.keys(columns).length > 0) {
    await db.updateTable(table.table).set(columns).where(isRow(table, row)).execute()
    note(changes)
  }
  return broken
}

export const nameOf = ({ entity: { kind, name } }: SealedEntity) => `${kind} ${name}`

function isCurrent({ authenticator }: Macs, { entity, mac, tokens }: SealedEntity): boolean {
  return [mac, ...tokens].every(bytes => bytes === null || authenticator.isCurrent(entity.domain, bytes))
}

function tryToRewrap(macs: Macs, sealed: SealedEntity) {
  if (!macs.isAuthentic(sealed.entity, sealed.mac)) return undefined
  try {
    return sealed.rewrap(macs.authenticator)
  } catch {
    // A token that does not open is worth nothing under any domain key, and must stay as it is.
    return undefined
  }
}

/** Seals the states of the domains again, without another commit count. */
async function rewrapStates(
  db: Transaction<Schema>,
  macs: Macs,
  progress: RewrapProgress,
): Promise<RewrapProgress> {
  const states = new DomainStates(db, macs.authenticator)
  const broken: string[] = []
  let done = 0
  for (const domain of progress.domains) {
    try {
      const state = await states.find(domain)
      if (state === undefined) continue
      done++
      await states.put(domain, state)
    } catch (error) {
      if (!(error instanceof DoesNotVerify)) throw error
      broken.push(error.entity)
    }
  }
  return {
    ...progress,
    table: '',
    after: null,
    done: progress.done + done,
    broken: [...progress.broken, ...broken].slice(0, brokenMax),
  }
}
