import type { LogPosition } from '../../audit/index.ts'

/**
 * Returns the place from which a reader with cursors reads a stream of the audit log; undefined for a reader that has none. A log
 * that was replaced begins a new stream, and its files have nothing of the older ones, so the reader begins at the start.
 */
export function placeInStream(cursors: readonly LogPosition[], stream: string): LogPosition | undefined {
  const known = cursors.find(cursor => cursor.stream === stream)
  return known ?? (cursors.length > 0 ? { stream, file: '', offset: 0 } : undefined)
}
