import { stat, unlink } from 'node:fs/promises'
import { join } from 'node:path'
import { type Millis, syncDirectory } from '../../std/index.ts'
import { emptyChain, type SealedChain } from '../chain/block-line.ts'
import { type FirstBlock, findBlock, readFirstBlock } from '../chain/block-search.ts'
import { Chain } from '../chain/chain.ts'
import { dayOfLog, listLogNames } from '../log/log-names.ts'
import { LogTail } from '../log/log-tail.ts'
import { type FileDeletion, findDeletion } from './deletion.ts'

const dayMillis = 86_400_000

/** How long whole files are kept; for ever without both. */
export interface RetentionLimits {
  readonly days: number | undefined
  readonly sizeBytes: number | undefined
}

/** The settings of a deletion, and the parts that it works with. */
export interface RetentionOptions {
  readonly directory: string
  readonly limits: RetentionLimits
  readonly now: Millis
  /** The last block that is sealed. */
  readonly sealed: number
  /** Whether nobody needs the file any more, such as a delivery that is behind. */
  readonly mayDelete: (file: string) => boolean
  /** Resolves when the record of the deletion is on disk. */
  readonly record: (deletion: FileDeletion) => Promise<void>
}

/**
 * Deletes the files that are too old or too much, the oldest first. The last file stays in any case. Each deletion is on record
 * before it happens. Returns the names of the deleted files. Throws the system's error.
 */
export async function deleteDueFiles(options: RetentionOptions): Promise<string[]> {
  const { directory, limits, now, record, mayDelete } = options
  const deleted: string[] = []
  if (limits.days === undefined && limits.sizeBytes === undefined) return deleted
  const names = await listLogNames(directory)
  const sizes = await Promise.all(names.map(async name => (await stat(join(directory, name))).size))
  let total = sizes.reduce((sum, size) => sum + size, 0)
  for (const [index, file] of names.slice(0, -1).entries()) {
    const isOld = limits.days !== undefined && dayOfLog(file) + dayMillis < now - limits.days * dayMillis
    const isMuch = limits.sizeBytes !== undefined && total > limits.sizeBytes
    if (!(isOld || isMuch) || !mayDelete(file)) break
    const deletion = await describe(options, file, names.slice(index + 1))
    if (deletion === undefined) break
    await record(deletion)
    await unlink(join(directory, file))
    total -= sizes[index] ?? 0
    deleted.push(file)
  }
  if (deleted.length > 0) await syncDirectory(directory)
  return deleted
}

/** Describes the deletion of a file, which the files `later` follow; undefined while its end is not sealed. */
async function describe(
  { directory, sealed }: RetentionOptions,
  file: string,
  later: readonly string[],
): Promise<FileDeletion | undefined> {
  const first = readFirstBlock(directory, [file])
  const after = readFirstBlock(directory, later)
  if (after === undefined) {
    // Files from before the chain have no blocks. A file with blocks must not be followed by one without.
    const hasBlocks = (await findBlock(directory, () => true, { lastFile: file })) !== undefined
    return hasBlocks ? undefined : { file, from: undefined, to: undefined, ...emptyChain }
  }
  if (sealed < after.line.block - 1) return undefined
  const chain = await chainBefore(directory, file, after)
  return chain && { file, from: first?.line.time, to: after.line.time, ...chain }
}

/**
 * The chain up to the end of `file`, which the block `after` follows. That block names a chain of some blocks before, of which
 * the first may have been deleted; the record of the last deletion then has the chain before the first block that is left.
 */
async function chainBefore(
  directory: string,
  file: string,
  after: FirstBlock,
): Promise<SealedChain | undefined> {
  const { line } = after
  if (line.sealed === line.block - 1) return line
  const found = await chainFrom(directory, file, after, line)
  if (found !== undefined) return found
  const deletion = await findDeletion(directory, () => true)
  return deletion && (await chainFrom(directory, file, after, deletion))
}

async function chainFrom(
  directory: string,
  file: string,
  { line, end }: FirstBlock,
  base: SealedChain,
): Promise<SealedChain | undefined> {
  const wanted = line.block - 1
  if (base.sealed === wanted) return base
  const chain = new Chain(base)
  let found: SealedChain | undefined
  const start = { directory, stream: line.stream, sealed: base, lastFile: file }
  const tail = new LogTail(start, ({ bytes }) => {
    found ??= chain.add(bytes).find(({ sealed }) => sealed === wanted)
  })
  try {
    await tail.catchUp(end)
  } finally {
    tail.close()
  }
  return found
}
