/** A place in the durable log: the end of a line. */
export interface LogPosition {
  readonly stream: string
  readonly file: string
  readonly offset: number
}

/** A place in the files of one log. */
export type FilePlace = Pick<LogPosition, 'file' | 'offset'>

/**
 * Returns the place from which a reader with cursors reads a stream of the audit log; undefined for a reader that has none. A log
 * that was replaced begins a new stream, and its files have nothing of the older ones, so the reader begins at the start.
 */
export function placeInStream(cursors: readonly LogPosition[], stream: string): LogPosition | undefined {
  const known = cursors.find(cursor => cursor.stream === stream)
  return known ?? (cursors.length > 0 ? { stream, file: '', offset: 0 } : undefined)
}
