import type { LogPosition } from '../../audit/index.ts'
import { otherWork } from '../../std/index.ts'
import type { LogCursor, Store, TrailChain } from '../../store/index.ts'

// The readers of the audit log and their places in it: sinks, witnesses, trails and the server itself.

const chainsPerPage = 1000

/** The name of the cursor of a sink. */
export const sinkCursorName = (name: string) => `sink ${name}`

/** The name of the cursor of a witness. */
export const witnessCursorName = (name: string) => `witness ${name}`

/**
 * Reads the chains of all trails that are delivered, with those of deleted trails that still lack their last digest, page by
 * page. Other work has its turn between the pages.
 */
export async function* activeChains({ reader }: Store): AsyncGenerator<readonly TrailChain[]> {
  let after: TrailChain | undefined
  do {
    const chains = await reader.trailChains.listDue(Number.MAX_SAFE_INTEGER, chainsPerPage, after)
    yield chains
    after = chains.length === chainsPerPage ? chains.at(-1) : undefined
    await otherWork()
  } while (after !== undefined)
}

/**
 * Moves all readers whose place is beyond the end of the log back to the end, before anything is written. The lines up to such a
 * place are gone: a power cut took them, or an older copy of the log was put back. The reader would pass over the lines
 * that come in their place. Returns the names of the readers.
 */
export async function moveBackReaders(store: Store, end: LogPosition): Promise<string[]> {
  const isBeyond = ({ stream, file, offset }: LogCursor) =>
    stream === end.stream && (file > end.file || (file === end.file && offset > end.offset))
  const movedBack = (cursor: LogCursor) => (isBeyond(cursor) ? end : cursor)
  const readers = (await store.reader.auditCursors.list()).filter(({ cursor }) => isBeyond(cursor))
  const chains: TrailChain[] = []
  for await (const page of activeChains(store))
    chains.push(...page.filter(({ cursors, pending }) => [...cursors, ...(pending?.to ?? [])].some(isBeyond)))
  if (readers.length + chains.length === 0) return []
  await store.write(async writer => {
    for (const { name } of readers) await writer.auditCursors.put(name, end)
    for (const chain of chains)
      await writer.trailChains.put({
        ...chain,
        cursors: chain.cursors.map(movedBack),
        pending: withoutLostRecords(chain.pending, movedBack),
      })
  })
  return [
    ...readers.map(({ name }) => name),
    ...chains.map(({ trailArn, region }) => `${trailArn} ${region}`),
  ]
}

/** A log file whose put was begun cannot be made again without its records. A digest can. */
function withoutLostRecords(
  pending: TrailChain['pending'],
  movedBack: (cursor: LogCursor) => LogCursor,
): TrailChain['pending'] {
  if (pending === undefined) return undefined
  const to = pending.to.map(movedBack)
  const isWhole = to.every((cursor, index) => cursor === pending.to[index])
  return pending.kind === 'log' && !isWhole ? undefined : { ...pending, to }
}
