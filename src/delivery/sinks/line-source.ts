import { type LogPosition, type LogRange, linesOf, readRange } from '../../audit/index.ts'
import { otherWork } from '../../std/index.ts'
import type { SinkBatch } from './sink.ts'

/** The limits of one batch. */
export interface BatchLimits {
  readonly linesMax: number
  readonly sizeMaxBytes: number
}

/** The part of the audit log that lines are read from. */
export interface LogPart extends Pick<LogRange, 'directory' | 'names' | 'from'> {
  /** The end of what is durable. */
  readonly to: LogPosition
}

/**
 * Reads the next lines of the log, as far as the limits go. Returns undefined at the end of the part. A line that is longer
 * than the limit comes alone. A file that retention deleted is passed over.
 */
export async function nextBatch(part: LogPart, limits: BatchLimits): Promise<SinkBatch | undefined> {
  // The calls of the server have their turn: a sink may select none of the lines, and then waits for nothing else.
  await otherWork()
  const [chunk] = readRange({ ...part, chunkSizeBytes: limits.sizeMaxBytes, skipsDeleted: true })
  if (chunk === undefined) return undefined
  const lines: string[] = []
  let { offset } = chunk
  for (const { line, end } of linesOf(chunk)) {
    if (lines.length > 0 && end - chunk.offset > limits.sizeMaxBytes) break
    lines.push(line)
    offset = end
    if (lines.length === limits.linesMax) break
  }
  return { lines, to: { stream: part.to.stream, file: chunk.file, offset } }
}
