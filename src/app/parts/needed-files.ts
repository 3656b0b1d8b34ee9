import { everyPage, type Store } from '../../store/index.ts'
import type { Config } from '../config/config.ts'

const pageSize = 1000

/** The name of the cursor of a sink. */
export const sinkCursorName = (name: string) => `sink ${name}`

/** The name of the cursor of a witness. */
export const witnessCursorName = (name: string) => `witness ${name}`

/**
 * Returns the name of the oldest file of the audit log that somebody still has to read: a sink or witness of the configuration,
 * a trail that is delivered, or the server itself; undefined if nobody does. Retention keeps it and what comes after it.
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

/** A trail whose delivery fails keeps no files: every account can make such a trail, and the disk would fill. */
async function filesOfTrails({ reader }: Store): Promise<string[]> {
  const files: string[] = []
  for await (const trails of everyPage(pageSize, page => reader.trails.listAll(page))) {
    for (const { trailId } of trails)
      for (const { cursors, logFiles, digests } of await reader.trailChains.list(trailId))
        if (logFiles.error === undefined && digests.error === undefined)
          files.push(...cursors.map(({ file }) => file))
  }
  return files
}
