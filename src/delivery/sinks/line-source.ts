import { open } from 'node:fs/promises'
import { join } from 'node:path'
import type { LogPosition } from '../../audit/index.ts'
import type { SinkBatch } from './sink.ts'

/** The limits of one batch. */
export interface BatchLimits {
  readonly linesMax: number
  readonly sizeMaxBytes: number
}

/** The part of the audit log that lines are read from. */
export interface LogPart {
  readonly directory: string
  /** The names of all files of the log, oldest first. */
  readonly names: readonly string[]
  /** Undefined for the start of the log. */
  readonly from: LogPosition | undefined
  /** The end of what is durable. */
  readonly to: LogPosition
}

const lineEnd = 0x0a

/**
 * Reads the next lines of the log, as far as the limits go. Returns undefined at the end of the part. A line that is longer
 * than the limit comes alone. A file that retention deleted is passed over.
 */
export async function readLines(part: LogPart, limits: BatchLimits): Promise<SinkBatch | undefined> {
  const { names, from, to } = part
  for (const file of names) {
    if ((from !== undefined && file < from.file) || file > to.file) continue
    const start = file === from?.file ? from.offset : 0
    const end = file === to.file ? to.offset : Number.POSITIVE_INFINITY
    const found = await readFile(join(part.directory, file), start, end, limits).catch(passOverMissing)
    if (found !== undefined) return { lines: found.lines, to: { stream: to.stream, file, offset: found.end } }
  }
  return undefined
}

function passOverMissing(error: NodeJS.ErrnoException): undefined {
  if (error.code !== 'ENOENT') throw error
}

interface Found {
  readonly lines: readonly string[]
  readonly end: number
}

async function readFile(
  path: string,
  start: number,
  end: number,
  { linesMax, sizeMaxBytes }: BatchLimits,
): Promise<Found | undefined> {
  await using handle = await open(path, 'r')
  const last = Math.min(end, (await handle.stat()).size)
  for (let size = Math.min(sizeMaxBytes, last - start); size > 0; size = Math.min(size * 2, last - start)) {
    const { buffer, bytesRead } = await handle.read(Buffer.allocUnsafe(size), 0, size, start)
    const found = cutLines(buffer.subarray(0, bytesRead), linesMax)
    if (found.lines.length > 0) return { lines: found.lines, end: start + found.sizeBytes }
    if (bytesRead < size || start + size >= last) return undefined
  }
  return undefined
}

function cutLines(bytes: Buffer, linesMax: number): { readonly lines: string[]; readonly sizeBytes: number } {
  const lines: string[] = []
  let begin = 0
  for (
    let at = bytes.indexOf(lineEnd);
    at >= 0 && lines.length < linesMax;
    at = bytes.indexOf(lineEnd, begin)
  ) {
    lines.push(bytes.toString('utf8', begin, at))
    begin = at + 1
  }
  return { lines, sizeBytes: begin }
}
