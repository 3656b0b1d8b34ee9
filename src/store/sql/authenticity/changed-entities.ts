import type { Changes } from '../changes.ts'
import type { AuthenticEntity } from './macs.ts'

/** An entity that has rows in several places, with the column of its MAC. */
export interface PartedEntity {
  /** Reads the entity as the database has it, and its MAC; undefined if there is none. */
  read(): Promise<{ readonly entity: AuthenticEntity; readonly mac: Uint8Array | null } | undefined>
  putMac(mac: Uint8Array): Promise<unknown>
}

/** Makes a change to the rows of entities, and renews their MACs. Throws DoesNotVerify for one that did not verify. */
export async function changeEntities(
  changes: Changes,
  entities: readonly PartedEntity[],
  change: () => Promise<unknown>,
): Promise<void> {
  const before: (Uint8Array | null | undefined)[] = []
  for (const { read } of entities) {
    const stored = await read()
    if (stored !== undefined) changes.macs.check(stored.entity, stored.mac)
    before.push(stored?.mac)
  }
  await change()
  for (const [index, entity] of entities.entries()) await renewMac(changes, entity, before[index])
}

/** Computes the MAC of an entity from what the database has now, and stores it. A new entity has none before. */
export async function renewMac(
  changes: Changes,
  { read, putMac }: PartedEntity,
  before?: Uint8Array | null,
): Promise<void> {
  const stored = await read()
  if (stored === undefined) return
  const mac = changes.macs.of(stored.entity)
  await putMac(mac)
  changes.mac(stored.entity.domain, before, mac)
}
