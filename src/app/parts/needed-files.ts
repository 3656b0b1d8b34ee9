import type { Store } from '../../store/index.ts'
import type { Config } from '../config/config.ts'

/** A trail has a chain in each Region, and an account has few trails. */
const chainsMax = 100_000

/** The name of the cursor of a sink. */
export const sinkCursorName = (name: string) => `sink ${name}`

/** The name of the cursor of a witness. */
export const witnessCursorName = (name: string) => `witness ${name}`

/**
 * Returns the name of the oldest file of the audit log that somebody still has to read: a sink or witness of the configuration,
 * a trail, or the server itself; undefined if nobody does. Retention keeps it and what comes after it.
 */
export async function firstNeededFile(store: Store, { audit }: Config): Promise<string | undefined> {
  const readers = new Set([
    ...audit.sinks.map(({ name }) => sinkCursorName(name)),
    ...audit.witnesses.map(({ name }) => witnessCursorName(name)),
  ])
  const cursors = await store.reader.auditCursors.list()
  // Names with a space are of sinks and witnesses, and those that the configuration no longer has need nothing.
  const needed = cursors.filter(({ name }) => readers.has(name) || !name.includes(' '))
  const files = [...needed.map(({ cursor }) => cursor.file), ...(await filesOfTrails(store))]
  return files.sort()[0]
}

/** The chain of a deleted trail counts, too, until it has its last digest. */
async function filesOfTrails({ reader }: Store): Promise<string[]> {
  const chains = await reader.trailChains.listDue(Number.MAX_SAFE_INTEGER, chainsMax)
  return chains.flatMap(({ cursors }) => cursors.map(({ file }) => file))
}
