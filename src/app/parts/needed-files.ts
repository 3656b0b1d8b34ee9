import { placeInStream } from '../../audit/index.ts'
import type { Store } from '../../store/index.ts'
import type { Config } from '../config/config.ts'
import { activeChains, sinkCursorName, witnessCursorName } from './log-readers.ts'

/**
 * Returns the name of the oldest file of the audit log that somebody still has to read: a sink or witness of the configuration,
 * a trail that is delivered, or the server itself; undefined if nobody does. Retention keeps it and what comes after it. A reader
 * that has a place in older streams alone still has to read all of `stream`, and the name is empty then.
 */
export async function firstNeededFile(
  store: Store,
  { audit }: Config,
  stream: string,
): Promise<string | undefined> {
  const readers = new Set([
    ...audit.sinks.map(({ name }) => sinkCursorName(name)),
    ...audit.witnesses.map(({ name }) => witnessCursorName(name)),
  ])
  const cursors = await store.reader.auditCursors.list()
  // Names with a space are of sinks and witnesses, and those that the configuration no longer has need nothing.
  const needed = cursors.filter(({ name }) => readers.has(name) || !name.includes(' '))
  const byReader = Map.groupBy(needed, ({ name }) => name)
  const files = [...byReader.values()].map(named => {
    const cursors = named.map(({ cursor }) => cursor)
    return placeInStream(cursors, stream)?.file
  })
  return earliest([...files, await firstOfTrails(store, stream)])
}

/**
 * The chain of a deleted trail counts, too, until it has its last digest. A trail whose delivery fails keeps no files: every
 * account can make such a trail, and the disk would fill.
 */
async function firstOfTrails(store: Store, stream: string): Promise<string | undefined> {
  let first: string | undefined
  for await (const chains of activeChains(store)) {
    const held = chains.filter(
      ({ logFiles, digests }) => logFiles.error === undefined && digests.error === undefined,
    )
    first = earliest([first, ...held.map(({ cursors }) => placeInStream(cursors, stream)?.file)])
  }
  return first
}

const earliest = (files: readonly (string | undefined)[]) =>
  files.filter(file => file !== undefined).sort()[0]
