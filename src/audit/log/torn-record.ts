import { type FileHandle, open } from 'node:fs/promises'
import { blockMarker } from '../chain/block-line.ts'

const chunkSizeBytes = 65_536
/** A sync covers at most the blocks of some seconds, of which there are five a second. */
const blocksSearched = 16
const searchedSizeMaxBytes = 64 * 1024 * 1024
const lineEnd = 0x0a
/** A client can choose the first member of a map, so only the begin of a line is that of a block. */
const blockBegin = Buffer.from(`\n${blockMarker}`)

/**
 * Cuts the file after its last line end, because the rest was never acknowledged, and returns its new size. After a power
 * cut the file may have zeros where data did not reach the disk, also with later data behind them: it is cut before those.
 */
export async function cutTornRecord(path: string): Promise<number> {
  const handle = await open(path, 'r+')
  try {
    const { size } = await handle.stat()
    const whole = await findEndOfWhole(handle, size)
    const kept = await findLastLineEnd(handle, whole)
    if (kept < size) {
      await handle.truncate(kept)
      await handle.sync()
    }
    return kept
  } finally {
    await handle.close()
  }
}

/** The offset of the first zero byte in the last blocks; the size without one. No line has a zero byte. */
async function findEndOfWhole(handle: FileHandle, size: number): Promise<number> {
  let whole = size
  let blocks = 0
  const chunk = Buffer.alloc(Math.min(size, chunkSizeBytes))
  for (let end = size; end > 0 && blocks < blocksSearched && size - end < searchedSizeMaxBytes; ) {
    const start = Math.max(0, end - chunkSizeBytes)
    const { bytesRead } = await handle.read(chunk, 0, end - start, start)
    const bytes = chunk.subarray(0, bytesRead)
    const zero = bytes.indexOf(0)
    if (zero >= 0) whole = start + zero
    for (let at = bytes.indexOf(blockBegin); at >= 0; at = bytes.indexOf(blockBegin, at + 1)) blocks++
    end = start
  }
  return whole
}

/** The offset after the last line end; 0 without one. */
async function findLastLineEnd(handle: FileHandle, size: number): Promise<number> {
  const chunk = Buffer.alloc(Math.min(size, chunkSizeBytes))
  for (let end = size; end > 0; ) {
    const start = Math.max(0, end - chunkSizeBytes)
    const { bytesRead } = await handle.read(chunk, 0, end - start, start)
    const found = chunk.subarray(0, bytesRead).lastIndexOf(lineEnd)
    if (found >= 0) return start + found + 1
    end = start
  }
  return 0
}
