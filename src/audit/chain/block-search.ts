import { open } from 'node:fs/promises'
import { join } from 'node:path'
import { LogLines } from '../log/log-lines.ts'
import { listLogNames } from '../log/log-names.ts'
import type { FilePlace } from '../log/log-position.ts'
import { readAt } from '../log/read-at.ts'
import { headMarker, parseHead } from './audit-head.ts'
import { type BlockLine, blockMarker, parseBlock } from './block-line.ts'
import type { OpenedBlocks } from './blocks.ts'

const chunkSizeBytes = 256 * 1024
/** No line of a block is longer. */
const lineSizeMaxBytes = 1024
/** A block is far smaller: a log without one in so many bytes has none. */
const searchedSizeMaxBytes = 64 * 1024 * 1024
const lineEnd = 0x0a

/** A block line and where it is. */
export interface FoundBlock extends FilePlace {
  readonly line: BlockLine
}

/** The block that a file begins with, and the place behind its line. */
export interface FirstBlock {
  readonly line: BlockLine
  readonly end: FilePlace
}

interface SearchLimits {
  readonly lastFile?: string
  readonly sizeMaxBytes?: number
}

/** Finds the newest block line that is wanted, from the end of the log or of `lastFile`; undefined without one. */
export async function findBlock(
  directory: string,
  isWanted: (line: BlockLine) => boolean,
  { lastFile, sizeMaxBytes = searchedSizeMaxBytes }: SearchLimits = {},
): Promise<FoundBlock | undefined> {
  const names = await listLogNames(directory)
  let readBytes = 0
  for (const file of names.filter(name => lastFile === undefined || name <= lastFile).reverse()) {
    const handle = await open(join(directory, file), 'r')
    try {
      for (let end = (await handle.stat()).size; end > 0 && readBytes < sizeMaxBytes; ) {
        const start = Math.max(0, end - chunkSizeBytes)
        const bytes = await readAt(handle, start, end + lineSizeMaxBytes)
        const found = findIn(bytes, end - start, start === 0, isWanted)
        if (found !== undefined) return { line: found.line, file, offset: start + found.at }
        readBytes += end - start
        end = start
      }
    } finally {
      await handle.close()
    }
  }
  return undefined
}

/** Finds where the blocks of a log stand; undefined for a log without any. */
export async function findLastBlock(directory: string): Promise<OpenedBlocks | undefined> {
  const last = await findBlock(directory, () => true)
  if (last === undefined) return undefined
  const { line } = last
  let { head } = line
  let hasContent = false
  const handle = await open(join(directory, last.file), 'r')
  try {
    const bytes = await readAt(handle, last.offset, Number.POSITIVE_INFINITY)
    const lines = bytes.toString('latin1').split('\n').slice(1, -1)
    for (const text of lines) {
      if (text.startsWith(headMarker)) head = Math.max(head, parseHead(text)?.head ?? 0)
      else hasContent = true
    }
  } finally {
    await handle.close()
  }
  const { stream, block, sealed, chain, records } = line
  return { stream, block, head, sealed: { sealed, chain, records }, hasContent }
}

/**
 * Reads the block that the first of the files with content begins with; undefined if they begin with something else. Throws
 * the system's error.
 */
export function readFirstBlock(directory: string, names: readonly string[]): FirstBlock | undefined {
  for (const file of names) {
    const lines = LogLines.open(directory, file)
    try {
      if (lines.sizeBytes === 0) continue
      const text = lines.readLine(0) ?? ''
      const line = parseBlock(text)
      return line && { line, end: { file, offset: Buffer.byteLength(text) + 1 } }
    } finally {
      lines.close()
    }
  }
  return undefined
}

function findIn(
  bytes: Buffer,
  size: number,
  isStart: boolean,
  isWanted: (line: BlockLine) => boolean,
): { readonly line: BlockLine; readonly at: number } | undefined {
  // A line at the end of this chunk is found here, because the next chunk does not have the byte before it.
  for (let at = bytes.lastIndexOf(blockMarker, size); at >= 0; ) {
    const isLine = at === 0 ? isStart : bytes[at - 1] === lineEnd
    const end = bytes.indexOf(lineEnd, at)
    const line = isLine && end >= 0 ? parseBlock(bytes.toString('utf8', at, end)) : undefined
    if (line !== undefined && isWanted(line)) return { line, at }
    if (at === 0) return undefined
    at = bytes.lastIndexOf(blockMarker, at - 1)
  }
  return undefined
}
